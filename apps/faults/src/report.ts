import { isJudged } from './client-log.js';
import type { Evidence } from './evidence.js';
import type { Facts } from './stage.js';
import type { Verdict } from './verdict.js';

const EXAMPLES = 5;

/** The table: one line per statement with its number of breaches (each must be 0), and what the numbers rest on. */
export function renderReport(verdicts: readonly Verdict[], facts: readonly string[]): string {
  const width = Math.max(...verdicts.map(({ statement }) => statement.length));
  const lines = verdicts.flatMap(({ statement, breaches, looked }) => [
    `  ${statement.padEnd(width)}  ${String(breaches.length).padStart(5)}   ${looked}`,
    ...breaches.slice(0, EXAMPLES).map((breach) => `      ! ${breach}`),
    ...(breaches.length > EXAMPLES ? [`      ! and ${breaches.length - EXAMPLES} more`] : []),
  ]);
  const broken = verdicts.filter(({ breaches }) => breaches.length > 0).length;
  const conclusion = broken === 0 ? 'Every statement holds.' : `${broken} STATEMENTS DO NOT HOLD.`;
  return ['', ...facts.map((fact) => `  ${fact}`), '', ...lines, '', conclusion, ''].join('\n');
}

/** Two statements of the scenarios themselves: what must have worked, did. */
export const verdictsOf = ({ failures, excessTokenRequests, expiries, counts }: Facts): Verdict[] => [
  {
    statement: 'token requests beyond one per expiry',
    breaches: excessTokenRequests,
    looked: `${expiries} expiries; ${counts.get('token requests where nothing was broken') ?? 0} token requests where nothing was broken`,
  },
  {
    statement: 'calls that failed with nothing in their way',
    breaches: failures,
    looked: 'callers at an expiry, on the other nodes beside a fault, and neighbours of a revoke',
  },
];

/** The facts that make the table worth reading. */
export function describeRun(evidence: Evidence, facts: Facts): string[] {
  const { calls, providerCalls, kills } = evidence;
  return [
    `${operationsOf(evidence, facts)} operations: calls that were judged, revokes, restores, refreshes and rotations of keys`,
    `${calls.length} calls made, ${providerCalls.length} requests at the providers, ${facts.expiries} expiries, ${kills.length} nodes killed`,
    ...[...facts.counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `${what}: ${count}`),
  ];
}

const operationsOf = ({ calls, revokes, refreshed }: Evidence, { counts }: Facts): number =>
  calls.filter(isJudged).length +
  revokes.length +
  revokes.filter(({ restoredAt }) => restoredAt !== null).length +
  refreshed.length +
  (counts.get('data keys rotated under calls') ?? 0);
