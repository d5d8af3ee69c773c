import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, send } from '../../demo/src/http.js';
import { ServerProcess, temporaryFolder } from './server-process.js';

/** Processes whose command line or environment names the data folder: what a server leaves behind if it leaves anything. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir) ||
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dataDir)
        );
      } catch {
        return false;
      }
    });
}

/** Waits until a condition holds; the test's own time limit ends it otherwise. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(50);
}

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;

async function killAndRemove(server: ServerProcess, folder: Folder): Promise<void> {
  await server.end('SIGKILL');
  await until(() => processesOf(folder.path).length === 0);
  await folder.remove();
}

async function consent(link: string): Promise<number> {
  const browser = new Browser();
  const asked = await browser.openConnectLink(link);
  const fields = Object.fromEntries(new URL(asked.url).searchParams);
  const teammate = /name="teammate" value="(\d+)"/.exec(asked.page.text)?.[1] ?? '';
  const form = {
    client_id: fields['client_id'] ?? '',
    redirect_uri: fields['redirect_uri'] ?? '',
    state: fields['state'] ?? '',
    teammate,
    decision: 'allow',
  };
  return (await browser.open(new URL('/oauth', asked.url).href, { method: 'POST', form })).page.status;
}

/** The command of the banner, run by a shell, as a newcomer would. */
function pasteCommand(text: string, secret: string): { data: { conversations: object[] } } {
  const command = text.slice(text.indexOf('     TOKEN=$(curl')).split('\n\n')[0] ?? '';
  const output = execFileSync('sh', ['-c', command], {
    env: { ...process.env, GATEHOUSE_CLIENT_SECRET: secret },
    encoding: 'utf8',
  });
  return JSON.parse(output) as { data: { conversations: object[] } };
}

/** Run by a server before anything else: names at its end the packages of which it has loaded a part. */
const TELL_WHAT_WAS_LOADED = encodeURIComponent(`
  import { createRequire } from 'node:module';
  const { cache } = createRequire('/');
  const packageOf = (file) => /.*node_modules\\/([^/]+)/.exec(file)?.[1];
  process.on('exit', () => console.log('\\nloaded: ' + [...new Set(Object.keys(cache).map(packageOf))].join()));
`);

/** Each test goes on where the one before has left the installation: a start takes seconds. */
describe('the shipped server, from its first start on', () => {
  let folder: Folder;
  let server: ServerProcess;
  let clientSecret: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await ServerProcess.start(folder.path);
    ({ clientSecret } = server);
  });
  afterAll(() => killAndRemove(server, folder));

  it('prints what a newcomer needs, and the pasted command works after the link was opened', async () => {
    const link = server.match(/(http:\S+\/connect\/\S+)/);
    expect(await consent(link)).toBe(200);
    expect(pasteCommand(server.text, '').data.conversations).toHaveLength(5);
    expect(server.text.split(clientSecret)).toHaveLength(3);
    expect(await server.end()).toBe(0);
    expect(processesOf(folder.path)).toEqual([]);
  });

  it('keeps accounts, keys and the client over a restart, and shows the secret once', async () => {
    const { clientId } = server;
    server = await ServerProcess.start(folder.path);
    expect(server.clientId).toBe(clientId);
    expect(server.text).not.toContain(clientSecret);
    expect(server.text).toContain('user_123 has connected already');
    expect(pasteCommand(server.text, clientSecret).data.conversations).toHaveLength(5);
  });

  it('refuses a second start on the same data folder, and the first one goes on', async () => {
    const second = await ServerProcess.start(folder.path);
    expect(second.child.exitCode).toBe(1);
    expect(second.text).toMatch(
      new RegExp(`${folder.path}.*${String(server.child.pid)}|${String(server.child.pid)}.*${folder.path}`, 's'),
    );
    expect((await send(`${server.url}/health/ready`)).status).toBe(200);
  });

  it('names the port when it is taken', async () => {
    const other = await temporaryFolder();
    const second = await ServerProcess.start(other.path, { PORT: new URL(server.url).port });
    expect([second.child.exitCode, second.text]).toEqual([1, expect.stringMatching(/port is in use.*PORT/s)]);
    expect(processesOf(other.path)).toEqual([]);
    await other.remove();
  });

  it('lets nothing live on after kill -9, and the next start recovers', async () => {
    await server.end('SIGKILL');
    await until(() => processesOf(folder.path).length === 0);
    server = await ServerProcess.start(folder.path);
    expect(pasteCommand(server.text, clientSecret).data.conversations).toHaveLength(5);
  });

  it('stops at Ctrl-C, although a client has connected ahead and sent nothing', async () => {
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(silent, 'connect');
    silent.on('error', () => undefined);
    expect(await server.end('SIGINT')).toBe(0);
    silent.destroy();
  });

  it('V7 does not start with another master key than the one the database was sealed with', async () => {
    server = await ServerProcess.start(folder.path, { GATEHOUSE_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') });
    expect(server.child.exitCode).toBe(1);
    expect(server.text).toMatch(/master key/i);
    server = await ServerProcess.start(folder.path);
    expect(server.text).toContain('Gatehouse is running');
  });
});

describe('the shipped server', () => {
  let folder: Folder;
  let server: ServerProcess;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => killAndRemove(server, folder));

  it.each<[string, Record<string, string>, RegExp]>([
    ['a wrong setting', { LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
    ['production without a master key', { NODE_ENV: 'production' }, /GATEHOUSE_MASTER_KEY.*openssl rand -base64 32/],
  ])('does not start with %s, and says what to do', async (_, env, message) => {
    server = await ServerProcess.start(folder.path, env);
    expect(server.child.exitCode).toBe(1);
    expect(server.text).toMatch(message);
  });

  it('V10 opens itself to no debugger in production', async () => {
    const env = { NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') };
    server = await ServerProcess.start(folder.path, env);
    server.child.kill('SIGUSR1');
    await until(() => server.text.includes('SIGUSR1 was ignored'));
    expect(server.text).not.toContain('Debugger listening');
    expect(await server.end()).toBe(0);
  });

  it.each([
    ['none, with a key of its own', Buffer.alloc(32, 9).toString('base64'), 0, []],
    [
      'of AWS alone, where that is configured',
      'aws-kms://eu-central-1/alias/gatehouse?endpoint=NOWHERE',
      1,
      ['@aws-sdk'],
    ],
    [
      'of Google alone, where that is configured',
      'gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/k?endpoint=NOWHERE',
      1,
      ['google-auth-library'],
    ],
  ])(
    'loads the client of a key service only when it needs one: %s',
    async (_, masterKey, code, loaded) => {
      const env = {
        GATEHOUSE_MASTER_KEY: masterKey.replace('NOWHERE', 'http://127.0.0.1:9'),
        AWS_ACCESS_KEY_ID: 'AKIATEST',
        AWS_SECRET_ACCESS_KEY: 'test',
        GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json',
      };
      server = await ServerProcess.start(folder.path, env, [`--import=data:text/javascript,${TELL_WHAT_WAS_LOADED}`]);
      expect(await server.end()).toBe(code);
      const packages = server.match(/^loaded: (.*)$/m).split(',');
      expect(packages).toContain('fastify');
      expect(packages.filter((name) => /^@aws-sdk$|^google-auth-library$/.test(name))).toEqual(loaded);
    },
    60_000,
  );

  it('takes no more than 150 MB once it is up: what it was started with, and what nobody has asked for, is not kept', async () => {
    server = await ServerProcess.start(folder.path, {}, [
      '--max-semi-space-size=64',
      '--no-allocation-site-pretenuring',
    ]);
    const [, kilobytes = '0'] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8')) ?? [];
    expect(Number(kilobytes)).toBeGreaterThan(40_000);
    expect(Number(kilobytes)).toBeLessThan(150_000);
  });
});
