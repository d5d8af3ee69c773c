import type { ProviderHttp } from '#app/connector-kit';
import { type LeasedHttp, RenewableHttp } from './renewable-http.js';

class Client implements LeasedHttp {
  readonly generation = 0;

  constructor(readonly name: string) {}

  redact(text: string): string {
    return text.replaceAll(this.name, '[redacted]');
  }

  send(): ReturnType<ProviderHttp['send']> {
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.from(this.name) });
  }
}

const used = async (http: RenewableHttp): Promise<string> => {
  const { body } = await http.send({ method: 'GET', path: '/', write: false } as never, { timeoutMs: 1000 });
  return body.toString();
};

describe('RenewableHttp', () => {
  it('R2 takes over what other nodes have refreshed meanwhile, and still refreshes when that has ended too', async () => {
    const replacements = [new Client('second'), null, new Client('fourth'), null];
    let refreshes = 0;
    const http = new RenewableHttp(new Client('first'), {
      replaced: () => Promise.resolve(replacements.shift() ?? null),
      refreshed: () => Promise.resolve(new Client(`refreshed-${++refreshes}`)),
    });
    const seen: (string | boolean)[] = [await used(http)];
    for (let refusal = 0; refusal < 4; refusal += 1) seen.push(await http.renew(), await used(http));
    const fresh = 'refreshed-1';
    expect(seen).toEqual(['first', true, 'second', true, fresh, true, 'fourth', false, 'fourth']);
    expect(refreshes).toBe(1);
    expect(http.redact('first second refreshed-1 fourth')).toBe('[redacted] [redacted] [redacted] [redacted]');
  });
});
