import { request } from 'undici';
import { IDENTIFIER } from './connect-account.js';
import { applyLoad, type Target, type Window } from './load.js';
import { median } from './statistics.js';

const VERSION = '2026-07-28';
const CONNECTIONS = 16;
const ROUNDS = 3;
const CALLS = 500;

/** Requests per second of the MCP door, as shares of those of REST in the same turn. */
export interface McpBesideRest {
  readonly call: readonly number[];
  readonly list: readonly number[];
  /** Tool calls that were sent, by both doors. */
  readonly calls: number;
  readonly failures: number;
}

/** The same call through both doors, and the list of tools, in turns. */
export async function measureMcp(rest: Target, params: object, toolName: string): Promise<McpBesideRest> {
  const token = await agentToken(rest);
  const call = mcpTarget(rest.url, token, 'tools/call', { name: toolName, arguments: params });
  const list = mcpTarget(rest.url, token, 'tools/list', {});
  const windows = { rest: [] as Window[], call: [] as Window[], list: [] as Window[] };
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [name, target] of Object.entries({ rest, call, list }) as [keyof typeof windows, Target][])
      windows[name].push(await applyLoad(target, CONNECTIONS, (sent) => sent < CALLS));
  const all = [...windows.rest, ...windows.call, ...windows.list];
  const counted = [...windows.rest, ...windows.call];
  return {
    call: sharesOf(windows.call, windows.rest),
    list: sharesOf(windows.list, windows.rest),
    calls: counted.reduce((sum, { calls }) => sum + calls, 0),
    failures: all.reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** The first round warms up. */
const sharesOf = (own: readonly Window[], rest: readonly Window[]): number[] =>
  own.slice(1).map((window, n) => rateOf(window) / rateOf(rest[n + 1] ?? window));

const rateOf = ({ calls, seconds }: Window): number => calls / seconds;

function mcpTarget(
  url: string,
  token: string,
  method: string,
  params: { readonly name?: string; readonly arguments?: object },
): Target {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  return {
    name: `MCP ${method}`,
    url,
    path: '/intercom',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(params.name === undefined ? {} : { 'mcp-name': params.name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  };
}

async function agentToken({ url, headers }: Target): Promise<string> {
  const listed = await request(`${url}/api/v1/connections`, { headers });
  const { connections } = (await listed.body.json()) as { connections: { id: string }[] };
  const made = await request(`${url}/api/v1/mcp/configs/${connections[0]?.id ?? ''}/tokens`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ identifier: IDENTIFIER }),
  });
  return ((await made.body.json()) as { access_token: string }).access_token;
}

export const describeMcp = ({ call, list }: McpBesideRest): string =>
  `MCP beside REST, ${CONNECTIONS} connections: tools/call ${shares(call)}, tools/list ${shares(list)} of the calls per second`;

const shares = (values: readonly number[]): string =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
