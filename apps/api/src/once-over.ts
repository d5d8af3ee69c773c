import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';

/**
 * Calls back once: when the answer to a request is out, or when its connection has ended before.
 *
 * Node tells that to the response that a connection is at. Another one that waits behind it (the client sent its next request
 * without waiting) hears nothing when the connection ends.
 */
export function onceOver(request: IncomingMessage, response: ServerResponse, over: () => void): void {
  if (response.socket !== null) {
    response.once('close', over);
    return;
  }
  const { socket } = request;
  const end = (): void => {
    response.off('close', end);
    socket.off('close', end);
    over();
  };
  // as many as the client has sent ahead
  socket.setMaxListeners(0);
  response.once('close', end);
  socket.once('close', end);
}

const CALLER_GONE = 499;

/** The status for the log. What nobody was told is not logged as what it would have been; 499 is what other servers call it. */
export function statusOf(response: ServerResponse): number {
  // Over HTTP/2 the answer is not the stream that it is written to
  const { writableFinished } = 'stream' in response ? (response.stream as Writable) : response;
  return writableFinished ? response.statusCode : CALLER_GONE;
}
