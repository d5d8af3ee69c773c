import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';

/**
 * A request as the OAuth library is to see it: with the body that Fastify has read within its limits, and as if it had come to our
 * public URL. Behind a proxy it did not, and what a client says of it in headers is not believed.
 */
export function rebuiltRequest(request: FastifyRequest, publicUrl: URL, body = textOf(request.body)): IncomingMessage {
  const { raw } = request;
  const length = Buffer.byteLength(body);
  const headers: Record<string, unknown> = {
    ...raw.headers,
    host: publicUrl.host,
    'x-forwarded-host': publicUrl.host,
    'x-forwarded-proto': publicUrl.protocol.slice(0, -1),
    'content-length': String(length),
  };
  // A body that was rebuilt has a length, and no other framing
  delete headers['transfer-encoding'];
  const { method, url, socket, httpVersion, httpVersionMajor, httpVersionMinor } = raw;
  const parts = { method, url, socket, httpVersion, httpVersionMajor, httpVersionMinor, headers };
  return Object.assign(Readable.from(length === 0 ? [] : [Buffer.from(body)], { objectMode: false }), parts) as never;
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : '');
