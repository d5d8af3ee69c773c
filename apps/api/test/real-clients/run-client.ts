import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Told of what the client says, as it says it, and of how to type an answer. */
  readonly hear?: (text: string, type: (text: string) => void) => void;
  /** Whether it is to have a terminal, without which some ask their user nothing. What it says is in stdout then. */
  readonly terminal?: boolean;
}

const MAX_MS = 90_000;

/** Runs a client to its end, in an environment that has nothing of ours in it. Its code is null where it came to none in time. */
export async function runClient(
  command: string,
  args: readonly string[],
  { cwd, env, hear, terminal = false }: RunOptions,
): Promise<Ran> {
  const words = terminal ? ['script', '-qec', inTerminal([command, ...args]), '/dev/null'] : [command, ...args];
  // A group of its own: programs start others, which have to end with them
  const child = spawn(words[0] ?? '', words.slice(1), { cwd, env, stdio: 'pipe', detached: true });
  if (!terminal) child.stdin.end();
  const tooLong = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), MAX_MS);
  const chunks = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      chunks[name] += text;
      hear?.(text, (answer) => void child.stdin.write(answer));
    });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(tooLong);
  return { code, ...chunks };
}

/** A command line for a shell, in a terminal so wide that no address is broken in two. */
const inTerminal = (words: readonly string[]): string =>
  `stty cols 4000; exec ${words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`;
