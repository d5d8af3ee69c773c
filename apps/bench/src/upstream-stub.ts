/**
 * The provider of the bench: a child process that answers like Intercom, on bare sockets, because a server of Node's own would
 * cost as much as what is to be measured. Two ports, so that it can tell whose calls it has seen.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { CONVERSATION, ME, TOKEN } from './stub-answers.js';

export interface StubReady {
  readonly gatehousePort: number;
  readonly passThroughPort: number;
}

/** How many conversations each of the two has read. */
export interface StubCounts {
  readonly gatehouse: number;
  readonly passThrough: number;
}

/** When a conversation was asked for, by `process.hrtime`, in nanoseconds. */
export interface StubSeen {
  readonly at: string;
}

let tellNext = false;
const counts = { gatehouse: 0, passThrough: 0 };

const reply = (status: string, body: string, headers = ''): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const ANSWERS = { conversation: reply('200 OK', CONVERSATION), me: reply('200 OK', ME), token: reply('200 OK', TOKEN) };

function answer(method: string, target: string, of: keyof StubCounts): string {
  if (method === 'GET' && target.startsWith('/conversations/')) {
    counts[of] += 1;
    if (tellNext) process.send?.({ at: String(process.hrtime.bigint()) } satisfies StubSeen);
    tellNext = false;
    return ANSWERS.conversation;
  }
  if (method === 'GET' && target.startsWith('/me')) return ANSWERS.me;
  if (method === 'POST' && target.startsWith('/token')) return ANSWERS.token;
  if (method === 'GET' && target.startsWith('/oauth')) return consent(target);
  return reply('404 Not Found', '{"type":"error.list","errors":[{"code":"not_found"}]}');
}

/** Everyone consents at once. */
function consent(target: string): string {
  const query = new URL(target, 'http://stub').searchParams;
  const back = new URL(query.get('redirect_uri') ?? '');
  back.searchParams.set('code', 'bench-code');
  back.searchParams.set('state', query.get('state') ?? '');
  return reply('302 Found', '', `location: ${back.href}\r\n`);
}

function serve(socket: Socket, of: keyof StubCounts): void {
  let pending = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
      const [method = '', target = ''] = pending.split(' ', 2);
      pending = pending.slice(end);
      socket.write(answer(method, target, of));
    }
  });
}

/** Where the first request ends, its body included; 0 while it isn't complete. */
function endOfRequest(text: string): number {
  const headers = text.indexOf('\r\n\r\n');
  if (headers < 0) return 0;
  const length = text.startsWith('GET ') ? 0 : Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
  const end = headers + 4 + length;
  return text.length >= end ? end : 0;
}

async function listen(of: keyof StubCounts): Promise<number> {
  const server: Server = createServer((socket) => serve(socket, of)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

process.on('message', (message) => {
  if (message === 'tell-next') tellNext = true;
  else process.send?.(counts satisfies StubCounts);
});
process.on('disconnect', () => process.exit());
process.send?.({
  gatehousePort: await listen('gatehouse'),
  passThroughPort: await listen('passThrough'),
} satisfies StubReady);
