import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nextTurn } from './conversation.js';
import { isJson } from './json.js';
import { anthropic } from './vendors/anthropic.js';
import { gemini } from './vendors/gemini.js';
import { openaiChat } from './vendors/openai-chat.js';
import { openaiResponses } from './vendors/openai-responses.js';
import type { ModelRequest, Vendor } from './vendors/vendor.js';

const VENDORS = [openaiChat, openaiResponses, anthropic, gemini];

/** A request that came in, and what the linter said to it. */
export interface SeenRequest extends ModelRequest {
  readonly vendor: string;
  readonly refused: readonly string[];
}

/** A running stand-in. */
export interface ModelStub {
  /** Without a path; OpenAI's clients want `/v1` behind it. */
  readonly url: string;
  readonly requests: SeenRequest[];
  close(): Promise<void>;
}

/**
 * A stand-in for the APIs of OpenAI, Anthropic and Gemini, on loopback. It asks for tools and repeats their results, and refuses in
 * the vendor's own words what the vendor would refuse: without that, every client library happily sends it.
 */
export async function startModelStub(port = 0): Promise<ModelStub> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, requests).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let lastId = 0;
/** Never the same twice: frameworks merge messages by their id. */
const newId = (): string => `call_${++lastId}`;

async function answer(incoming: IncomingMessage, response: ServerResponse, seen: SeenRequest[]): Promise<void> {
  const path = new URL(incoming.url ?? '/', 'http://localhost').pathname;
  const vendor = VENDORS.find((each) => each.path.test(path));
  const body = await bodyOf(incoming);
  if (vendor === undefined || incoming.method !== 'POST' || !isJson(body)) return send(response, 404, {});
  const request = { path, headers: incoming.headers, body };
  const refused = problemsOf(vendor, request);
  seen.push({ ...request, vendor: vendor.name, refused });
  if (refused.length > 0) return send(response, 400, vendor.refuse(refused.join(' ')));
  send(response, 200, vendor.answer(nextTurn(vendor.read(body), newId), request, newId));
}

function problemsOf(vendor: Vendor, request: ModelRequest): string[] {
  const streams = request.body['stream'] === true ? ['stream: the stand-in does not stream.'] : [];
  return [...streams, ...vendor.lint(request)];
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
