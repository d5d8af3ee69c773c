import { newId, type RequestContext } from '#app/kernel';
import type { CallerEvidence, RefreshAttempt } from './refresh-attempt.js';
import type { RefreshJournal, RefreshView } from './refresh-journal.js';
import type { RefreshOutcome, RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';
import { TokenRefresher } from './token-refresher.js';

const FREE: RefreshView = { current: true, held: false, backoffMs: 0, failures: 0, result: null };
const MOVED: RefreshOutcome = { kind: 'moved' };
const UNDER_WAY = { kind: 'unavailable', why: 'under_way' };

describe('TokenRefresher', () => {
  const ctx = {} as RequestContext;
  const subject = { tenantId: newId('tenant'), id: newId('account'), version: 1, generation: 0 } as RefreshSubject;
  let looks: number;
  let begun: Promise<CallerEvidence>;
  let end: (outcome: RefreshOutcome) => void;

  /** One that sees this of the account, in the end the last of it, and whose attempts end when told to. */
  const refresher = (views: readonly RefreshView[], watchMs = 60_000): TokenRefresher => {
    looks = 0;
    const outcome = new Promise<RefreshOutcome>((resolve) => {
      end = resolve;
    });
    let begin: (evidence: CallerEvidence) => void;
    begun = new Promise((resolve) => {
      begin = resolve;
    });
    const attempt = {
      run: (...[, , , evidence]: Parameters<RefreshAttempt['run']>) => {
        begin(evidence);
        return outcome;
      },
    } as unknown as RefreshAttempt;
    const look = async (): Promise<RefreshView | undefined> => {
      looks += 1;
      return views[looks - 1] ?? views.at(-1);
    };
    const journal = { look, take: async () => ({}) } as unknown as RefreshJournal;
    const timings = new RefreshTimings(undefined, undefined, undefined, undefined, undefined, undefined, watchMs, 1);
    return new TokenRefresher(attempt, journal, timings);
  };

  it('R2 tells who is at it already that the provider has refused the access token of a later caller', async () => {
    const one = refresher([FREE]);
    const first = one.refresh(ctx, subject, { refused: false });
    const evidence = await begun;
    expect(evidence.refused).toBe(false);
    const second = one.refresh(ctx, subject, { refused: true });
    void one.refresh(ctx, subject, { refused: false });
    expect(evidence.refused).toBe(true);
    end(MOVED);
    expect(await Promise.all([first, second])).toEqual([MOVED, MOVED]);
  });

  it('R4 does not watch another node’s attempt where the last one failed', async () => {
    const outcome = await refresher([{ ...FREE, held: true, failures: 1 }]).refresh(ctx, subject, { refused: false });
    expect([outcome, looks]).toEqual([expect.objectContaining(UNDER_WAY), 1]);
  });

  it('watches another node’s attempt until it has ended, for a while at most', async () => {
    const held = { ...FREE, held: true };
    const evidence = { refused: false };
    expect(await refresher([held, held, held, { ...FREE, current: false }]).refresh(ctx, subject, evidence)).toEqual(
      MOVED,
    );
    expect(looks).toBe(4);
    expect(await refresher([held], -1).refresh(ctx, subject, evidence)).toMatchObject(UNDER_WAY);
  });

  it('R4 keeps a caller that joins for two seconds at most where the last attempt failed', async () => {
    const one = refresher([{ ...FREE, failures: 1 }]);
    void one.refresh(ctx, subject, { refused: false });
    await begun;
    expect(await one.refreshWithin(100_000, ctx, subject, { refused: false })).toMatchObject(UNDER_WAY);
    end(MOVED);
  }, 20_000);

  it('does not end before what is under way has', async () => {
    const one = refresher([FREE]);
    void one.refresh(ctx, subject, { refused: false });
    await begun;
    let over = false;
    const ended = one.onApplicationShutdown().finally(() => {
      over = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([over, one.inFlight]).toEqual([false, 1]);
    end(MOVED);
    await ended;
    expect(one.inFlight).toBe(0);
  });
});
