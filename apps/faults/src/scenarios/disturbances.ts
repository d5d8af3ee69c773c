import type { Member } from '../cluster.js';
import type { Stage } from '../stage.js';

/** What happens to one node around a revoke that another one does. */
export interface Disturbance {
  readonly kind: string;
  /** Before the revoke, with calls under way. */
  readonly begin: (stage: Stage, member: Member) => Promise<void> | void;
  /** After the revoke has returned, and calls have begun that the node must refuse. */
  readonly end: (member: Member) => Promise<void> | void;
}

/**
 * Furthest that a clock is set forward or back. Less than the time that the reconciliation leaves to calls under way: a node that
 * is ahead by more would take them for orphans.
 */
export const LARGEST_JUMP_MS = 100_000;

const jump = (kind: string, sign: 1 | -1): Disturbance => ({
  kind,
  begin: ({ random }, { node }) => node.setClock(sign * random.between(LARGEST_JUMP_MS / 10, LARGEST_JUMP_MS)),
  end: ({ node }) => node.setClock(0),
});

const KILLED: Disturbance = {
  kind: 'node killed',
  begin: async (stage, { node }) => {
    await node.kill();
    stage.kills.push({ step: 'in a race with a revoke', account: null, lostAnswer: false });
  },
  end: ({ node }) => node.start(),
};

const QUICK: readonly Disturbance[] = [
  { kind: 'node paused', begin: (_, { node }) => node.pause(), end: ({ node }) => node.resume() },
  jump('clock set forward', 1),
  {
    kind: 'connections to Postgres reset',
    begin: (_, { relay }) => relay.cut(),
    end: ({ relay }) => relay.cut(),
  },
  jump('clock set back', -1),
];

/** A node takes seconds to start: one is killed once in so many disturbances. */
const KILL_EVERY = 16;

/** The disturbance of a turn; each kind has its turn. */
export const disturbanceOf = (turn: number): Disturbance =>
  turn % KILL_EVERY === KILL_EVERY - 1 ? KILLED : (QUICK[turn % QUICK.length] as Disturbance);
