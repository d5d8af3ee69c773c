import { check } from '../src/checker.js';
import { CLIENT, Cluster } from '../src/cluster.js';
import { collectEvidence } from '../src/collect.js';
import { finalAccounts } from '../src/final-check.js';
import { Random } from '../src/random.js';
import { reconcile } from '../src/reconcile.js';
import { verdictsOf } from '../src/report.js';
import { killAtRecord } from '../src/scenarios/admission.js';
import { loseAcknowledgement } from '../src/scenarios/lost-acknowledgement.js';
import { recovered, underLoad } from '../src/scenarios/postgres.js';
import { killAtRandom } from '../src/scenarios/random-kills.js';
import { expireUnderCallers } from '../src/scenarios/refresh.js';
import { killInRefresh } from '../src/scenarios/refresh-kills.js';
import { AFTER_THE_SEND } from '../src/scenarios/refresh-steps.js';
import { rotateUnderCalls } from '../src/scenarios/key-rotation.js';
import { raceRevokes } from '../src/scenarios/revocation.js';
import { endTenants } from '../src/scenarios/tenants.js';
import { Stage } from '../src/stage.js';
import { Tenant } from '../src/tenant.js';

/** Processes start slowly on a machine that is busy. */
const LONG_MS = 400_000;
const FAR = Number.MAX_SAFE_INTEGER;

/** The small version of `npm run test:faults`: two nodes as real processes, each fault once. Nothing waits for time to pass. */
describe('two nodes whose parts are killed and cut off', () => {
  let cluster: Cluster;
  let stage: Stage;

  beforeAll(async () => {
    const random = new Random(1);
    cluster = await Cluster.start({ nodes: 2, random, deadlineMs: 60_000, log: () => undefined });
    stage = new Stage(cluster, await Tenant.open(cluster, CLIENT), random, FAR, () => undefined);
  }, LONG_MS);
  afterAll(() => cluster.stop(), LONG_MS);

  it('R1 redeem a refresh token once for callers on both', async () => {
    const accounts = [...(await stage.connect('shared', 'strict', 1)), ...(await stage.connect('shared', 'grace', 1))];
    await expireUnderCallers(stage, accounts, 20, [0, 50]);
    await expireUnderCallers(stage, accounts, 20, [0, 0]);
    expect(stage.facts.excessTokenRequests).toEqual([]);
    expect(stage.facts.failures).toEqual([]);
  });

  it(
    'A2 are killed at admission, before and after the intent is durable',
    async () => {
      await killAtRecord(stage, 'admission', 1);
      expect(stage.facts.failures).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'A2 are killed while an outcome is written',
    async () => {
      await killAtRecord(stage, 'outcome', 1);
      expect(stage.facts.failures).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'R2 are killed in a refresh, with the token at the provider',
    async () => {
      await killInRefresh(stage, AFTER_THE_SEND, 'grace', 'killed');
      await stage.settle();
      expect(cluster.providers.grace.summary().mostRedemptions).toBe(2);
    },
    LONG_MS,
  );

  it('A1 lose the acknowledgement of an intent and of an outcome', async () => {
    const [account] = await stage.connect('lost', 'strict', 1);
    await loseAcknowledgement(stage, account!, 'intent');
    await loseAcknowledgement(stage, account!, 'outcome');
    expect(stage.facts.failures).toEqual([]);
  });

  it(
    'N2 lose Postgres under load, and get it back',
    async () => {
      const accounts = await stage.connect('outage', 'grace', 2);
      for (const account of accounts) stage.expire(account);
      await underLoad(stage, accounts, 6, () => cluster.postgres.restart('SIGKILL'));
      for (const account of accounts) await recovered(stage, account);
    },
    LONG_MS,
  );

  it(
    'A2 are killed by turns with Postgres, at whatever moment it is',
    async () => {
      await killAtRandom(stage, { calls: 200, apart: [50, 100] });
      expect(stage.facts.failures).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'N1 admit nothing after a revoke that returned, paused, cut off and with another time',
    async () => {
      await raceRevokes(stage, (turns) => turns === 10);
      expect(stage.facts.failures).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'V5 rotate the data keys without a call failing',
    async () => {
      const rotated = (): number => stage.facts.counts.get('data keys rotated under calls') ?? 0;
      // Revokes race a rotation now and then, too
      const before = rotated();
      await rotateUnderCalls(stage, await stage.connect('rotation', 'grace', 2), 2);
      expect(stage.facts.failures).toEqual([]);
      expect(rotated() - before).toBe(4);
    },
    LONG_MS,
  );

  it(
    'N4 V6 disable a client, suspend a tenant and shred it, under calls',
    async () => {
      await endTenants(stage, 'ended', 1);
      expect(stage.facts.failures).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'A2 leave logs in which nothing contradicts what was promised',
    async () => {
      await stage.settle();
      const accounts = await finalAccounts(stage);
      await reconcile(cluster.postgres.ownerUrl);
      const evidence = await collectEvidence(cluster, stage.kills, accounts);
      const verdicts = [...check(evidence), ...verdictsOf(stage.facts)];
      expect(
        verdicts.flatMap(({ statement, breaches }) => breaches.map((breach) => `${statement}: ${breach}`)),
      ).toEqual([]);
      expect(evidence.kills.length).toBeGreaterThanOrEqual(5);
      expect(evidence.calls.length).toBeGreaterThan(300);
    },
    LONG_MS,
  );
});
