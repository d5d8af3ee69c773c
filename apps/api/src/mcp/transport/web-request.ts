import type { FastifyReply, FastifyRequest } from 'fastify';

/** The head of a request as the SDK reads it; the parsed body goes along by itself. Aborts when the client has gone. */
export function toWebRequest({ method, headers: given, url, host }: FastifyRequest, reply: FastifyReply): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    // What begins with a colon is no header but how HTTP/2 writes the request line; the token stays on this side
    if (value === undefined || name.startsWith(':') || name === 'authorization') continue;
    for (const each of [value].flat()) headers.append(name, each);
  }
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return new Request(new URL(url, `http://${host}`), { method, headers, signal: gone.signal });
}
