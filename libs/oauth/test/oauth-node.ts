import { APP_CONFIG, loadConfig } from '#app/config';
import { ConnectorRegistry } from '#app/connector-kit';
import { SystemDatabase, TenantDatabase, type Database } from '#app/database';
import { EgressClient } from '#app/egress';
import { CLOCK, type Clock } from '#app/kernel';
import { createLogger, LOGGER, Metrics } from '#app/observability';
import { OAuthModule } from '#app/oauth';
import { VAULT_JOURNAL } from '#app/vault';
import { Global, Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { OAuthSettings } from '../src/oauth-settings.js';
import { RefreshTimings } from '../src/refresh/refresh-timings.js';

export const PUBLIC_URL = 'http://gatehouse.test';

/** Longer than any exchange takes on a busy machine. A test of a provider that keeps silent makes it short: {@link hurry}. */
const EXCHANGE_TIMEOUT_MS = 5000;
const SHORT_TIMEOUT_MS = 400;

export class FakeClock implements Clock {
  constructor(private time = Date.now()) {}

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}

/** What the composition root would provide. */
@Global()
@Module({})
class Surroundings {
  static of(providers: Provider[]): DynamicModule {
    return { module: Surroundings, providers, exports: providers.map((each) => (each as { provide: Type }).provide) };
  }
}

export interface OAuthNodeParts {
  readonly database: Pick<Database, 'tenants' | 'system'>;
  readonly clock: Clock;
  readonly registry: ConnectorRegistry;
  /** Hosts of providers on this machine. */
  readonly allow: string[];
  /** The same for nodes of one installation. */
  readonly masterKey: Buffer;
  readonly timings?: RefreshTimings;
}

/** The library as the application wires it, on one node. */
export async function startOAuthNode(parts: OAuthNodeParts): Promise<TestingModule> {
  const config = loadConfig({
    PUBLIC_URL,
    GATEHOUSE_MASTER_KEY: parts.masterKey.toString('base64'),
    LOG_LEVEL: 'silent',
  });
  const surroundings = Surroundings.of([
    { provide: TenantDatabase, useValue: parts.database.tenants },
    { provide: SystemDatabase, useValue: parts.database.system },
    { provide: EgressClient, useValue: new EgressClient({ allow: parts.allow }) },
    { provide: ConnectorRegistry, useValue: parts.registry },
    {
      provide: APP_CONFIG,
      useValue: { ...config, oauth: { linkTtlMs: 600_000, exchangeTimeoutMs: EXCHANGE_TIMEOUT_MS } },
    },
    { provide: CLOCK, useValue: parts.clock },
    { provide: VAULT_JOURNAL, useValue: { record: () => Promise.resolve() } },
    { provide: LOGGER, useValue: createLogger('silent') },
    { provide: Metrics, useValue: new Metrics() },
  ]);
  const building = Test.createTestingModule({ imports: [surroundings, OAuthModule] });
  if (parts.timings !== undefined) building.overrideProvider(RefreshTimings).useValue(parts.timings);
  return building.compile();
}

/** What this module asks of a provider is given up early from now on. The function that is returned ends that. */
export function hurry(module: TestingModule): () => void {
  const settings = module.get(OAuthSettings, { strict: false });
  const { exchangeTimeoutMs } = settings;
  Object.assign(settings, { exchangeTimeoutMs: SHORT_TIMEOUT_MS });
  return () => void Object.assign(settings, { exchangeTimeoutMs });
}
