import { inspect } from 'node:util';
import { ConfigError, loadConfig } from './load-config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing in development: embedded database, key file, sandbox', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      production: false,
      http: { host: '127.0.0.1', port: 3000, publicUrl: 'http://127.0.0.1:3000' },
      database: { url: null },
      intercom: null,
      sandbox: { enabled: true },
      audit: { retentionDays: 90 },
    });
    expect(config.masterKey).toEqual({ from: 'file', path: `${config.dataDir}/master.key` });
  });

  it('names every fault at once', () => {
    const problems = problemsOf({
      PORT: 'http',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      INTERCOM_CLIENT_ID: 'a',
    });
    for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'INTERCOM_CLIENT_SECRET'])
      expect(problems.join('\n')).toContain(name);
  });

  it('never prints a value, in an error or when inspected', () => {
    const secret = 'canary-canary-canary-canary-canary!';
    const env = {
      GATEHOUSE_MASTER_KEY: secret,
      DATABASE_URL: secret,
      GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: secret,
      PORT: secret,
    };
    expect(problemsOf(env).join('\n')).not.toContain(secret);
    const good = loadConfig({ GATEHOUSE_MASTER_KEY: KEY, INTERCOM_CLIENT_ID: 'id', INTERCOM_CLIENT_SECRET: secret });
    expect(inspect(good, { depth: 9 }) + JSON.stringify(good)).not.toMatch(new RegExp(`${secret}|${KEY.slice(0, 20)}`));
  });

  it('refuses to start in production without a master key, and says how to make one', () => {
    expect(problemsOf({ NODE_ENV: 'production' }).join()).toMatch(/GATEHOUSE_MASTER_KEY.*openssl rand -base64 32/);
  });

  it('refuses a master key of the wrong length', () => {
    expect(problemsOf({ GATEHOUSE_MASTER_KEY: Buffer.alloc(16).toString('base64') }).join()).toContain('32 bytes');
  });

  it('keeps the sandbox out of production', () => {
    expect(loadConfig({ NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: KEY }).sandbox.enabled).toBe(false);
    expect(problemsOf({ NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: KEY, GATEHOUSE_SANDBOX: 'on' }).join()).toContain(
      'GATEHOUSE_SANDBOX',
    );
  });

  it('switches the sandbox off when the real Intercom is configured', () => {
    const config = loadConfig({
      INTERCOM_CLIENT_ID: 'id',
      INTERCOM_CLIENT_SECRET: 's',
      INTERCOM_API_URL: 'http://127.0.0.1:9/',
    });
    expect(config.sandbox.enabled).toBe(false);
    expect(config.intercom?.endpoints).toEqual({ apiUrl: 'http://127.0.0.1:9/' });
  });

  it.each([
    [
      'http for others in production',
      { NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: KEY, PUBLIC_URL: 'http://gate.example.com' },
      'PUBLIC_URL',
    ],
    ['a password that breaks the URL', { DATABASE_URL: 'postgres://u:a/b@host/db' }, 'DATABASE_URL'],
    [
      'one login of two',
      { DATABASE_URL: 'postgres://o@h/d', DATABASE_APP_URL: 'postgres://a@h/d' },
      'DATABASE_SYSTEM_URL',
    ],
    [
      'logins without a database to migrate',
      { DATABASE_APP_URL: 'postgres://a@h/d', DATABASE_SYSTEM_URL: 'postgres://s@h/d' },
      'DATABASE_URL',
    ],
    ['a link that lives for seconds', { GATEHOUSE_CONNECT_LINK_SECONDS: '5' }, 'GATEHOUSE_CONNECT_LINK_SECONDS'],
  ])('refuses %s', (_, env, name) => {
    expect(problemsOf(env).join()).toContain(name);
  });

  it('lets a machine talk http to itself in production', () => {
    const env = { NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: KEY, PUBLIC_URL: 'http://localhost:3000' };
    expect(loadConfig(env).http.publicUrl).toBe('http://localhost:3000');
  });

  it('is frozen all the way down', () => {
    expect(() => Object.assign(loadConfig({}).http, { port: 1 })).toThrow(TypeError);
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({
      http: { port: 3000 },
      database: { url: null },
    });
  });
});

describe('the proxies of the environment', () => {
  const proxiesOf = (env: Record<string, string>) => loadConfig(env).egress.proxies;

  it('are none unless one is named', () => {
    expect(proxiesOf({})).toBeNull();
    expect(proxiesOf({ NO_PROXY: 'a.example' })).toBeNull();
  });

  it('are read with their exceptions, and with credentials that are never shown', () => {
    const proxies = proxiesOf({
      HTTPS_PROXY: 'http://ops:p%40ss@proxy.example:3128',
      HTTP_PROXY: 'https://[fd00::1]/',
      NO_PROXY: 'localhost, .corp.example 10.0.0.1',
    });
    expect(proxies).toMatchObject({
      https: { secure: false, host: 'proxy.example', port: 3128, login: { username: 'ops' } },
      http: { secure: true, host: 'fd00::1', port: 443, login: null },
      except: ['localhost', '.corp.example', '10.0.0.1'],
      resolveNames: false,
    });
    expect(proxies?.https?.login?.password.reveal()).toBe('p@ss');
    expect(inspect(proxies, { depth: 9 }) + JSON.stringify(proxies)).not.toContain('p@ss');
  });

  it('may be written in lower case, which wins, and without a scheme', () => {
    const proxies = proxiesOf({ https_proxy: 'small.example:8080', HTTPS_PROXY: 'http://big.example', no_proxy: '*' });
    expect(proxies).toMatchObject({ https: { host: 'small.example', port: 8080 }, except: ['*'] });
  });

  it('resolve names where the operator says so', () => {
    expect(proxiesOf({ HTTPS_PROXY: 'p.example', GATEHOUSE_PROXY_DNS: 'proxy' })?.resolveNames).toBe(true);
  });

  it.each(['socks5://p.example', 'http://', 'http://p.example/path', 'p.example:99999', 'ops:canary@:80'])(
    'are refused by name when one is %s',
    (text) => {
      const problems = problemsOf({ HTTPS_PROXY: text }).join('\n');
      expect(problems).toContain('HTTPS_PROXY must be');
      expect(problems).not.toContain('canary');
    },
  );

  it.each([
    ['on the command line', {}, ['--heapsnapshot-signal=SIGUSR2']],
    ['by NODE_OPTIONS', { NODE_OPTIONS: '--enable-source-maps --inspect=0.0.0.0:9229' }, []],
    ['as a report', { NODE_OPTIONS: '--report-on-fatalerror' }, []],
  ])('V10 refuses in production what writes out the memory of the process, %s', (_, env, commandLine) => {
    const production = { NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: KEY, ...env };
    expect(() => loadConfig(production, commandLine)).toThrow(
      /must not be started with --(heapsnapshot|inspect|report)/,
    );
    expect(() => loadConfig({ ...production, NODE_ENV: 'development' }, commandLine)).not.toThrow();
  });
});
