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
  /** Told of what the client says, as it says it. */
  readonly hear: (text: string) => void;
}

const MAX_MS = 90_000;

/** Runs a client to its end, in an environment that has nothing of ours in it. */
export async function runClient(
  command: string,
  args: readonly string[],
  { cwd, env, hear }: RunOptions,
): Promise<Ran> {
  const signal = AbortSignal.timeout(MAX_MS);
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  const chunks = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      chunks[name] += text;
      hear(text);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...chunks };
}
