import type { Dispatcher } from 'undici';
import { Exchange } from './exchange.js';

describe('an answer that comes byte by byte', () => {
  const controller = { abort: () => undefined } as unknown as Dispatcher.DispatchController;

  it('is put together as it came, and holds few of the pieces in which it did', async () => {
    const exchange = new Exchange({ timeoutMs: 60_000, maxResponseBytes: 10_000 });
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 200, {});
    const pieces = Array.from({ length: 3_500 }, (_, index) => Buffer.from([index % 251]));
    const sent = Buffer.concat(pieces);
    for (const piece of pieces) exchange.onResponseData(controller, piece);
    // What is held no longer hangs on the pieces
    for (const piece of pieces.slice(0, 3_000)) piece.fill(255);
    exchange.onResponseEnd();
    expect((await exchange.response).body).toEqual(sent);
  });
});
