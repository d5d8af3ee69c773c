import { ask, jsonOf, type Reply, type Unreachable } from './ask.js';

const VERSION = '2025-11-25';

type Values = Readonly<Record<string, unknown>>;

/** Sends one message of the protocol, without a session. */
export function sendMcp(
  url: string,
  token: string | null,
  method: string,
  params: Values,
): Promise<Reply | Unreachable> {
  return ask(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
}

export const OPENING: Values = {
  protocolVersion: VERSION,
  capabilities: {},
  clientInfo: { name: 'gatehouse-doctor', version: '1' },
};

/** The result in an answer, whether it came as JSON or as a stream; null when there is none. */
export function resultOf(reply: Reply): Values | null {
  const streamed = reply.headers.get('content-type')?.includes('text/event-stream') === true;
  const messages = streamed ? [...reply.text.matchAll(/^data: ?(\{.*)$/gm)].map(([, data = '']) => data) : [reply.text];
  for (const text of messages) {
    const message = jsonOf({ ...reply, text });
    if (message?.['jsonrpc'] === '2.0' && typeof message['result'] === 'object') return message['result'] as Values;
  }
  return null;
}
