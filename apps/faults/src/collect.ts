import pg from 'pg';
import type { Cluster } from './cluster.js';
import type {
  DenialRecord,
  Evidence,
  FinalAccount,
  IntentRecord,
  KillRecord,
  OutcomeRecord,
  RefreshRecord,
} from './evidence.js';
import type { ProviderKind, RotatingProvider } from './provider.js';

type FromTrail = Pick<Evidence, 'intents' | 'outcomes' | 'denials' | 'refreshed'>;
type FromProvider = Pick<Evidence, 'providerCalls' | 'refreshTokens' | 'families'>;

/** Gathers what each side has written down. */
export async function collectEvidence(
  cluster: Cluster,
  kills: readonly KillRecord[],
  accounts: readonly FinalAccount[],
): Promise<Evidence> {
  const sides = Object.entries(cluster.providers).map(([kind, provider]) =>
    readProvider(kind as ProviderKind, provider),
  );
  return {
    calls: cluster.log.calls,
    revokes: cluster.log.revokes,
    kills,
    accounts,
    providerCalls: sides.flatMap((side) => side.providerCalls),
    refreshTokens: sides.flatMap((side) => side.refreshTokens),
    families: sides.flatMap((side) => side.families),
    ...(await readTrail(cluster.postgres.superuserUrl)),
  };
}

function readProvider(kind: ProviderKind, { tokens, apiRequests }: RotatingProvider): FromProvider {
  const latest = new Map(tokens.families.map((family) => [family.user.id, family]));
  return {
    providerCalls: apiRequests
      .filter(({ method, path }) => method === 'POST' && path === '/things')
      .map(({ body, user, accepted }) => ({ name: (JSON.parse(body) as { name: string }).name, user, accepted })),
    refreshTokens: [...tokens.refreshTokens.values()].map(({ family, generation, presented, redeemed }) => ({
      provider: kind,
      user: family.user.id,
      generation,
      presented,
      redeemed,
    })),
    families: tokens.families.map((family) => ({
      provider: kind,
      user: family.user.id,
      dead: family.dead,
      latest: latest.get(family.user.id) === family,
    })),
  };
}

/** Straight from the table, as somebody whom row-level security doesn't bind: nothing of Gatehouse's own queries is trusted. */
async function readTrail(url: string): Promise<FromTrail> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const intents = await client.query<IntentRecord>(INTENTS);
    const outcomes = await client.query<OutcomeRecord>(OUTCOMES);
    const refreshed = await client.query<RefreshRecord>(REFRESHED);
    const denials = await client.query<DenialRecord>(DENIALS);
    return {
      intents: intents.rows,
      outcomes: outcomes.rows,
      refreshed: refreshed.rows,
      denials: denials.rows,
    };
  } finally {
    await client.end();
  }
}

const INTENTS = `SELECT execution_id AS "executionId", detail -> 'arguments' ->> 'name' AS name, identifier
  FROM audit_events WHERE kind = 'intent'`;
const OUTCOMES = `SELECT execution_id AS "executionId", status, error_code AS code, source
  FROM audit_events WHERE kind = 'outcome'`;
const DENIALS = `SELECT execution_id AS "executionId", error_code AS code FROM audit_events WHERE kind = 'denial'`;
const REFRESHED = `SELECT account_id AS "accountId", identifier, (detail ->> 'generation')::int AS generation
  FROM audit_events WHERE type = 'connected_account.refreshed'`;
