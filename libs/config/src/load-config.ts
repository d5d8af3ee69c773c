import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Secret } from '#app/kernel';
import type { AppConfig, EndpointOverrides, ProviderAppConfig } from './app-config.js';
import { diagnosticProblems } from './diagnostic-options.js';
import { Environment, INTEGERS } from './environment.js';
import { MasterKeyRule, readMasterKey, type MasterKeyConfig } from './master-key-config.js';
import { PROXY_VARIABLES, proxyProblems, readProxies } from './read-proxies.js';
import { readTls, tlsProblems } from './read-tls.js';

/** The configuration can't be used. `message` lists every fault at once, by name and rule; it holds no value. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads and checks the configuration. Throws {@link ConfigError} with every fault. */
export function loadConfig(
  source: Readonly<Record<string, string | undefined>> = process.env,
  commandLine: readonly string[] = process.execArgv,
): AppConfig {
  const environment = parse(source);
  const nodeOptions = [...commandLine, ...(source['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const problems = [
    ...ruleViolations(environment),
    ...contradictions(environment),
    ...diagnosticProblems(environment.NODE_ENV === 'production', nodeOptions),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(build(environment));
}

function parse(source: Readonly<Record<string, string | undefined>>): Environment {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const typed: Record<string, unknown> = { ...given };
  for (const name of PROXY_VARIABLES) typed[name] = given[name.toLowerCase()] ?? given[name];
  for (const name of INTEGERS) {
    const text = given[name]?.trim();
    if (text !== undefined && /^\d+$/.test(text)) typed[name] = Number(text);
  }
  return plainToInstance(Environment, typed, { excludeExtraneousValues: true, exposeUnsetFields: false });
}

function ruleViolations(environment: Environment): string[] {
  return validateSync(environment).flatMap((error) =>
    Object.values(error.constraints ?? {}).map((rule) =>
      rule.includes(error.property) ? rule : `${error.property}: ${rule}`,
    ),
  );
}

/** Rules that involve more than one variable. */
function contradictions(env: Environment): string[] {
  const problems: string[] = [...proxyProblems(env), ...tlsProblems(env)];
  const production = env.NODE_ENV === 'production';
  if (production && !env.GATEHOUSE_MASTER_KEY)
    problems.push(
      'GATEHOUSE_MASTER_KEY must be set when NODE_ENV is production: 32 bytes in base64 (`openssl rand -base64 32`) or the URL of a key service; keep it safe, without it no stored credential can be read',
    );
  if (production && env.GATEHOUSE_SANDBOX === 'on')
    problems.push(
      'GATEHOUSE_SANDBOX must not be on when NODE_ENV is production: set INTERCOM_CLIENT_ID and INTERCOM_CLIENT_SECRET instead',
    );
  if (Boolean(env.INTERCOM_CLIENT_ID) !== Boolean(env.INTERCOM_CLIENT_SECRET))
    problems.push('INTERCOM_CLIENT_ID and INTERCOM_CLIENT_SECRET must be set together');
  if (Boolean(env.GATEHOUSE_BOOTSTRAP_CLIENT_ID) !== Boolean(env.GATEHOUSE_BOOTSTRAP_CLIENT_SECRET))
    problems.push('GATEHOUSE_BOOTSTRAP_CLIENT_ID and GATEHOUSE_BOOTSTRAP_CLIENT_SECRET must be set together');
  problems.push(...MASTER_KEYS.flatMap((name) => masterKeyProblems(env, name)));
  for (const name of ['DATABASE_URL', 'DATABASE_APP_URL', 'DATABASE_SYSTEM_URL'] as const)
    if (env[name]?.startsWith('postgres') && !URL.canParse(env[name]))
      problems.push(
        `${name} is not a valid URL: in user name and password, write every character but letters and digits percent-encoded`,
      );
  if (Boolean(env.DATABASE_APP_URL) !== Boolean(env.DATABASE_SYSTEM_URL) || (env.DATABASE_APP_URL && !env.DATABASE_URL))
    problems.push('DATABASE_APP_URL and DATABASE_SYSTEM_URL must be set together, and beside DATABASE_URL');
  if (production && env.PUBLIC_URL && !isSecure(env.PUBLIC_URL))
    problems.push(
      'PUBLIC_URL must be https when NODE_ENV is production: connect links and OAuth codes travel by it (plain http only for this machine itself)',
    );
  return problems;
}

const MASTER_KEYS = ['GATEHOUSE_MASTER_KEY', 'GATEHOUSE_MASTER_KEY_NEXT', 'GATEHOUSE_MASTER_KEY_PREVIOUS'] as const;

function masterKeyProblems(env: Environment, name: (typeof MASTER_KEYS)[number]): string[] {
  try {
    const keys = readMasterKeys(env, env[name]);
    return keys.length > 1 && name === 'GATEHOUSE_MASTER_KEY'
      ? [`${name} must be one key: further ones go into GATEHOUSE_MASTER_KEY_NEXT or GATEHOUSE_MASTER_KEY_PREVIOUS`]
      : [];
  } catch (error) {
    if (error instanceof MasterKeyRule) return [`${name} ${error.message}`];
    throw error;
  }
}

const readMasterKeys = (env: Environment, text: string | undefined): MasterKeyConfig[] =>
  list(text).map((each) =>
    readMasterKey(each, (key) => new Secret(key), env.VAULT_TOKEN ? new Secret(env.VAULT_TOKEN) : null),
  );

function isSecure(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function build(env: Environment): AppConfig {
  const production = env.NODE_ENV === 'production';
  const host = env.HOST ?? '127.0.0.1';
  const port = env.PORT ?? 3000;
  const dataDir = resolve(env.GATEHOUSE_DATA_DIR ?? '.gatehouse');
  const intercom = intercomApp(env);
  return {
    production,
    http: { host, port, publicUrl: publicUrl(env, host, port), tls: readTls(env) },
    database: { url: env.DATABASE_URL ?? null, logins: logins(env), poolSize: env.DATABASE_POOL_SIZE ?? 10 },
    dataDir,
    connectorDirs: connectorDirs(env),
    masterKey: masterKey(env, dataDir),
    otherMasterKeys: {
      next: readMasterKeys(env, env.GATEHOUSE_MASTER_KEY_NEXT),
      previous: readMasterKeys(env, env.GATEHOUSE_MASTER_KEY_PREVIOUS),
    },
    bootstrapClient: {
      id: env.GATEHOUSE_BOOTSTRAP_CLIENT_ID ?? null,
      secret: env.GATEHOUSE_BOOTSTRAP_CLIENT_SECRET ? new Secret(env.GATEHOUSE_BOOTSTRAP_CLIENT_SECRET) : null,
    },
    intercom,
    sandbox: {
      enabled: env.GATEHOUSE_SANDBOX === undefined ? intercom === null && !production : env.GATEHOUSE_SANDBOX === 'on',
      port: env.GATEHOUSE_SANDBOX_PORT ?? 0,
    },
    mcp: { clientDocuments: env.GATEHOUSE_MCP_CLIENT_DOCUMENTS ?? 'on' },
    egress: { allow: list(env.GATEHOUSE_EGRESS_ALLOW), proxies: readProxies(env) },
    audit: { retentionDays: env.AUDIT_RETENTION_DAYS ?? 90 },
    tools: {
      deadlineMs: env.GATEHOUSE_TOOL_DEADLINE_MS ?? 30_000,
      maxResponseBytes: 8 * 1024 * 1024,
      callsPerMinute: env.GATEHOUSE_CLIENT_CALLS_PER_MINUTE ?? null,
    },
    oauth: { linkTtlMs: (env.GATEHOUSE_CONNECT_LINK_SECONDS ?? 600) * 1_000, exchangeTimeoutMs: 10_000 },
    logLevel: env.LOG_LEVEL ?? 'info',
  };
}

function publicUrl(env: Environment, host: string, port: number): string {
  const scheme = env.TLS_CERT_FILE ? 'https' : 'http';
  return (env.PUBLIC_URL ?? `${scheme}://${urlHost(host)}:${port}`).replace(/\/+$/, '');
}

function logins({ DATABASE_APP_URL: app, DATABASE_SYSTEM_URL: system }: Environment): AppConfig['database']['logins'] {
  return app && system ? { app, system } : null;
}

function intercomApp(env: Environment): ProviderAppConfig | null {
  if (!env.INTERCOM_CLIENT_ID || !env.INTERCOM_CLIENT_SECRET) return null;
  const endpoints: EndpointOverrides = {
    ...(env.INTERCOM_AUTHORIZE_URL ? { authorizeUrl: env.INTERCOM_AUTHORIZE_URL } : {}),
    ...(env.INTERCOM_TOKEN_URL ? { tokenUrl: env.INTERCOM_TOKEN_URL } : {}),
    ...(env.INTERCOM_API_URL ? { apiUrl: env.INTERCOM_API_URL } : {}),
    ...(env.INTERCOM_REVOKE_URL ? { revokeUrl: env.INTERCOM_REVOKE_URL } : {}),
  };
  return { clientId: env.INTERCOM_CLIENT_ID, clientSecret: new Secret(env.INTERCOM_CLIENT_SECRET), endpoints };
}

function masterKey(env: Environment, dataDir: string): MasterKeyConfig {
  const [given] = readMasterKeys(env, env.GATEHOUSE_MASTER_KEY);
  return given ?? { from: 'file', path: join(dataDir, 'master.key') };
}

function connectorDirs(env: Environment): string[] {
  const builtIn = join(projectRoot(), 'libs', 'connectors');
  return env.GATEHOUSE_CONNECTORS_DIR ? [builtIn, resolve(env.GATEHOUSE_CONNECTORS_DIR)] : [builtIn];
}

/** The folder of package.json: the same whether this file runs from `libs/` (tests) or from `dist/libs/`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json of Gatehouse was not found above its own code');
    folder = parent;
  }
  return folder;
}

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const urlHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
};

function deepFreeze<T extends object>(value: T): T {
  // bytes can't be frozen
  if (ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
