import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Cores } from './cores.js';

const STOP_MS = 20_000;

/** Starts one of the bench's own programs; it speaks first, see {@link nextMessage}. */
export function startProgram(
  file: string,
  args: readonly string[],
  cores: Cores | null,
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const script = [...nodeOptions, fileURLToPath(new URL(file, import.meta.url)), ...args];
  const [command, all] = cores?.command(process.execPath, script) ?? [process.execPath, script];
  return spawn(command, all, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The next message of a child. Rejects when it ends instead. */
export function nextMessage<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${name} ended with code ${code} before it answered`));
    child.once('exit', ended);
    child.once('error', reject);
    child.once('message', (message) => {
      child.off('exit', ended);
      child.off('error', reject);
      resolve(message as T);
    });
  });
}

/** Asks a child to end, and ends it when it does not. Returns whether it had to be forced. */
export async function stop(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
  return child.signalCode === 'SIGKILL';
}
