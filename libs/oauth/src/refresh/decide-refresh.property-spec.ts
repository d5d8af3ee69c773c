import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record as recordOf,
  type Arbitrary,
} from 'fast-check';
import { decideRefresh, type AttemptState, type RefreshJournalEntry, type RefreshSituation } from './decide-refresh.js';

const TIMES = { requestTimeoutMs: 75_000, silenceMs: 20_000 };
const moment = integer({ min: 0, max: 1_000_000 });
const situations: Arbitrary<RefreshSituation> = recordOf({
  now: moment,
  journal: recordOf({
    state: constantFrom<AttemptState>('ready', 'sending', 'unanswered'),
    firstSentAt: moment,
    sentAt: moment,
    failures: integer({ min: 0, max: 5 }),
    retryAt: option(moment),
  }),
  token: recordOf({
    expired: boolean(),
    refused: boolean(),
    probe: option(constantFrom('accepted', 'refused', 'no_answer' as const)),
  }),
  facts: recordOf({ rotates: boolean(), graceMs: integer({ min: 0, max: 120_000 }), endsAccessToken: boolean() }),
  times: constantFrom(TIMES),
});

describe('decideRefresh, in any situation', () => {
  it('R2 sends a token that may be spent only where that does no harm, or nothing is left to lose', () => {
    assert(
      property(situations, (situation) => {
        const { now, journal, token, facts } = situation;
        const step = decideRefresh(situation);
        if (step.do !== 'send' || journal.state === 'ready' || !facts.rotates) return;
        const dead = token.expired || token.refused || token.probe === 'refused';
        const silent = journal.state !== 'sending' || now >= (journal.sentAt ?? 0) + 95_000;
        const inGrace = now < (journal.firstSentAt ?? 0) + facts.graceMs;
        const provenUnspent = facts.endsAccessToken && token.probe === 'accepted';
        expect(step.lastResort ? dead && silent : inGrace || (provenUnspent && silent)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('never waits for what is past', () => {
    assert(
      property(situations, (situation) => {
        const step = decideRefresh(situation);
        expect(step.do !== 'wait' || step.until > situation.now).toBe(true);
        expect(step.do !== 'probe' || situation.token.probe === null).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

/** What becomes of one attempt. `dies_*`: nothing is written after it; `lost_*`: the answer is lost, and that is known. */
type Fate = 'answered' | 'dies_unsent' | 'dies_sent' | 'lost_unsent' | 'lost_sent' | 'outage' | 'not_sent';

/** A strict provider and one account, played over any course of deaths and losses. */
class World {
  now = 0;
  journal: RefreshJournalEntry = { state: 'ready', firstSentAt: null, sentAt: null, failures: 0, retryAt: null };
  spent = false;
  end: 'refreshed' | 'reconnect' | null = null;

  constructor(
    private readonly expiresAt: number,
    private readonly facts: RefreshSituation['facts'],
  ) {}

  get oldTokenWorks(): boolean {
    return this.now < this.expiresAt && !(this.facts.endsAccessToken && this.spent);
  }

  turn(fate: Fate): void {
    const step = this.decide();
    if (step.do === 'wait') this.now = step.until;
    else if (step.do === 'keep') this.now = this.expiresAt;
    else if (step.do === 'send') this.send(fate);
  }

  private decide() {
    const { now, journal, facts } = this;
    const token = { expired: now >= this.expiresAt, refused: false, probe: null };
    const step = decideRefresh({ now, journal, facts, times: TIMES, token });
    if (step.do !== 'probe') return step;
    const probe = this.oldTokenWorks ? 'accepted' : 'refused';
    return decideRefresh({ now, journal, facts, times: TIMES, token: { ...token, probe } });
  }

  private send(fate: Fate): void {
    const doubtful = this.journal.state !== 'ready';
    const firstSentAt = this.journal.firstSentAt ?? this.now;
    this.journal = { ...this.journal, state: 'sending', firstSentAt, sentAt: this.now };
    if (fate === 'dies_unsent') return;
    const arrives = fate === 'answered' || fate.endsWith('_sent');
    if (arrives && fate !== 'not_sent') this.redeem(fate === 'answered');
    if (fate === 'dies_sent' || this.end !== null) return;
    const lost = fate.startsWith('lost');
    const state = doubtful || lost ? 'unanswered' : 'ready';
    this.journal = { ...this.journal, state, firstSentAt: state === 'ready' ? null : firstSentAt };
  }

  private redeem(answered: boolean): void {
    const withinGrace = this.now < (this.journal.firstSentAt ?? 0) + this.facts.graceMs;
    if (this.spent && !withinGrace) {
      // Reuse: all that is left of the authorization ends here, so there had better be nothing left
      expect(this.oldTokenWorks).toBe(false);
      if (answered) this.end = 'reconnect';
      return;
    }
    this.spent = true;
    if (answered) this.end = 'refreshed';
  }
}

describe('a refresh, over any course of deaths and losses', () => {
  const fates = array(
    constantFrom<Fate>('dies_unsent', 'dies_sent', 'lost_unsent', 'lost_sent', 'outage', 'not_sent', 'answered'),
    { maxLength: 8 },
  );
  const facts = recordOf({
    rotates: constantFrom(true),
    graceMs: constantFrom(0, 30_000, 600_000),
    endsAccessToken: boolean(),
  });

  it('R2 ends usable, or in “reconnect” when the pair was lost and the old token is dead; never in between', () => {
    assert(
      property(fates, facts, integer({ min: 0, max: 600_000 }), (course, of, expiresAt) => {
        const world = new World(expiresAt, of);
        for (const fate of course) if (world.end === null) world.turn(fate);
        const lostBefore = world.spent && world.end === null;
        // From here on everything works
        for (let turn = 0; turn < 6 && world.end === null; turn++) world.turn('answered');
        expect(world.end).not.toBeNull();
        if (world.end === 'reconnect')
          expect(lostBefore || course.includes('lost_sent') || course.includes('dies_sent')).toBe(true);
        if (!course.includes('lost_sent') && !course.includes('dies_sent')) expect(world.end).toBe('refreshed');
      }),
      { numRuns: 10_000 },
    );
  });
});
