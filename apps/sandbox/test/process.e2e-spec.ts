import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

/** Built by the test run's global setup. */
const MAIN = fileURLToPath(new URL('../../../dist/apps/sandbox/src/main.js', import.meta.url));
const OPTIONS = { port: 0, clientId: 'app', clientSecret: 'very-secret' };

/** A parent that starts the sandbox and does nothing else, for being killed. */
const PARENT = `
  import { fork } from 'node:child_process';
  const child = fork(${JSON.stringify(MAIN)}, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.once('message', (message) => console.log(JSON.stringify(message)));
  child.send({ type: 'start', options: ${JSON.stringify(OPTIONS)} });
  setInterval(() => undefined, 1000);
`;

interface Ready {
  ready: boolean;
  url: string;
  error?: string;
  client_secret?: string;
}

describe('the sandbox as a process', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-sandbox-'));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  function start(message: unknown): ChildProcess {
    const child = fork(MAIN, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    children.push(child);
    child.send(message as object);
    return child;
  }

  function run(args: readonly string[], input = ''): ChildProcess {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(child);
    child.stdin?.end(input);
    return child;
  }

  const firstMessage = async (child: ChildProcess): Promise<Ready> => (await once(child, 'message'))[0] as Ready;
  const firstLine = async (child: ChildProcess): Promise<Ready> =>
    JSON.parse(String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0])) as Ready;
  const summary = async (url: string): Promise<number> => (await request(`${url}/_control/summary`)).statusCode;

  it('starts on a message, answers with its address, and ends on SIGTERM with its state on disk', async () => {
    const stateFile = join(folder, 'sandbox.json');
    const child = start({ type: 'start', options: { ...OPTIONS, stateFile } });
    const { ready, url } = await firstMessage(child);
    expect([ready, await summary(url)]).toEqual([true, 200]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await stat(stateFile)).size).toBeGreaterThan(100_000);
  });

  it('outlives a Ctrl-C that its parent handles, and ends when the parent lets go', async () => {
    const child = start({ type: 'start', options: OPTIONS });
    const { url } = await firstMessage(child);
    child.kill('SIGINT');
    expect(await summary(url)).toBe(200);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('leaves no orphan when its parent is killed', async () => {
    const parent = run(['--input-type=module', '-e', PARENT]);
    const { url } = await firstLine(parent);
    expect(await summary(url)).toBe(200);
    parent.kill('SIGKILL');
    // Its process id would not do: in a container nobody may collect it, and then it stays as a zombie.
    while (await answers(url)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it.each<[string, object, RegExp]>([
    ['another message', { type: 'hello' }, /start/],
    ['no client secret', { type: 'start', options: { clientId: 'app' } }, /clientSecret/],
    ['an impossible port', { type: 'start', options: { ...OPTIONS, port: 99_999 } }, /port/],
  ])('refuses %s, says why and ends', async (_name, message, problem) => {
    const child = start(message);
    const exit = once(child, 'exit');
    const answer = await firstMessage(child);
    expect(answer.ready).toBe(false);
    expect(answer.error).toMatch(problem);
    expect(answer.error).not.toContain('very-secret');
    expect(await exit).toEqual([1, null]);
  });

  it('says which port is taken and what to do', async () => {
    const first = start({ type: 'start', options: OPTIONS });
    const { url } = await firstMessage(first);
    const second = start({ type: 'start', options: { ...OPTIONS, port: Number(new URL(url).port) } });
    expect((await firstMessage(second)).error).toMatch(/EADDRINUSE.*choose another port/);
  });

  it('runs from a command line, and prints a client secret only when it had to make one up', async () => {
    const made = await firstLine(run([MAIN, '--port', '0']));
    expect(made.client_secret).toMatch(/^[\w-]{32}$/);
    const given = await firstLine(run([MAIN, '--port', '0', '--client-secret-stdin'], 'very-secret\n'));
    expect(given).toEqual({ ready: true, url: given.url });
    expect([await summary(made.url), await summary(given.url)]).toEqual([200, 200]);
  });

  it('ends on SIGINT when it runs from a command line', async () => {
    const child = run([MAIN, '--port', '0']);
    await firstLine(child);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

async function answers(url: string): Promise<boolean> {
  return request(url).then(
    () => true,
    () => false,
  );
}
