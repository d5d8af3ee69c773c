import { once } from 'node:events';
import { WebSocket } from 'undici';
import type { ServerProcess } from './server-process.js';

/** For {@link ServerProcess.start}: lets a test look into the process, and has long strings written out whole. */
export const OPEN_TO_INSPECTION = ['--inspect=127.0.0.1:0', '--heap-snapshot-string-limit=10000000'];

/** What the process still holds after a forced collection of garbage, as the text of a heap snapshot: all strings are in it. */
export async function takeHeapSnapshot(server: ServerProcess): Promise<Buffer> {
  const socket = new WebSocket(server.match(/Debugger listening on (ws:\S+)/));
  await once(socket, 'open');
  const chunks: Buffer[] = [];
  let last = 0;
  const waiting = new Map<number, () => void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; method?: string; params?: { chunk?: string } };
    if (message.method === 'HeapProfiler.addHeapSnapshotChunk') chunks.push(Buffer.from(message.params?.chunk ?? ''));
    if (message.id !== undefined) waiting.get(message.id)?.();
  });
  const ask = (method: string, params: object = {}): Promise<void> =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await ask('HeapProfiler.collectGarbage');
  await ask('HeapProfiler.collectGarbage');
  await ask('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  socket.close();
  return Buffer.concat(chunks);
}
