import { mkdir } from 'node:fs/promises';
import { ConfigError, loadConfig, type AppConfig } from '#app/config';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#app/database';
import { createLogger, type Logger } from '#app/observability';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { banner } from './banner.js';
import type { FirstTenant } from './bootstrap.js';
import { collectGarbage } from './collect-garbage.js';
import { createApp } from './create-app.js';
import { firstConnectLink } from './first-connect-link.js';
import { startSandbox } from './sandbox-process.js';
import { Shutdown } from './shutdown.js';

/** Starts everything in the order in which it depends on each other, and stops it in the reverse order. */
async function main(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config.logLevel);
  const shutdown = new Shutdown(logger);
  shutdown.listen();
  if (config.production) keepDebuggersOut(logger);
  try {
    await start(config, logger, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

/** By SIGUSR1 Node would open itself to a debugger, which can read all that the process holds. A listener takes its place. */
function keepDebuggersOut(logger: Logger): void {
  process.on('SIGUSR1', () => logger.warn('SIGUSR1 was ignored: no debugger may be attached in production'));
}

async function start(config: AppConfig, logger: Logger, shutdown: Shutdown): Promise<void> {
  // may be passed through: run by root, the embedded Postgres has another account. What is secret in it is 0600.
  await mkdir(config.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const database = config.database.url === null ? await startDatabase(config, logger, shutdown) : null;
  const databaseUrl = config.database.url ?? database?.url ?? '';
  const sandbox = config.sandbox.enabled ? await shutdown.own('sandbox', startSandbox(config)) : null;
  const { nest, firstTenant } = await createApp(withSandboxAllowed(config, sandbox?.url), {
    databaseUrl,
    sandbox,
    logger,
  });
  shutdown.add('server', () => nest.close());
  await collectGarbage();
  await nest.listen({ host: config.http.host, port: config.http.port });
  const connectLink = await linkForNewcomer(config, nest, firstTenant);
  shutdown.started();
  process.stdout.write(
    banner({
      config,
      firstTenant,
      databasePlace: database?.place ?? null,
      sandboxUrl: sandbox?.url ?? null,
      connectLink,
    }),
  );
}

/** A production database is not the place for a newcomer's first user. */
function linkForNewcomer(
  config: AppConfig,
  nest: NestFastifyApplication,
  firstTenant: FirstTenant,
): Promise<string | null> {
  const wanted = !config.production && firstTenant.intercom !== null;
  return wanted ? firstConnectLink(nest, firstTenant) : Promise.resolve(null);
}

function startDatabase(config: AppConfig, logger: Logger, shutdown: Shutdown): Promise<EmbeddedPostgres> {
  const { dataDir } = config;
  return shutdown.own('database', startEmbeddedPostgres({ dataDir, log: (message) => logger.info(message) }));
}

/** The sandbox listens on this machine, where the egress guard lets nothing through that isn't named. */
function withSandboxAllowed(config: AppConfig, url: string | undefined): AppConfig {
  if (url === undefined) return config;
  const { egress } = config;
  return { ...config, egress: { ...egress, allow: [...egress.allow, new URL(url).host] } };
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exit(1);
});

/** What an operator can act on. The stack only of what nobody foresaw. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return `Gatehouse could not start: ${String(error)}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return 'Gatehouse could not start: the port is in use. Stop the other program, or set PORT to a free one.';
  if (code === 'EACCES')
    return `Gatehouse could not start: ${error.message}. Choose another PORT or GATEHOUSE_DATA_DIR.`;
  const expected = error.constructor !== Error && !/^(Type|Reference|Range|Syntax)Error$/.test(error.name);
  return `Gatehouse could not start: ${expected ? error.message : (error.stack ?? error.message)}`;
}
