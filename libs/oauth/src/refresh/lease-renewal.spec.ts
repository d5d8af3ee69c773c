import { keepRenewing } from './lease-renewal.js';
import type { RefreshJournal } from './refresh-journal.js';
import type { RefreshLease } from './refresh-lease.js';
import type { RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';

const TIMINGS = new RefreshTimings(20_000, 1);

describe('a lease that is kept', () => {
  /** Ends with what each renewal came to, once there were so many. */
  const renewals = (answers: readonly (() => Promise<boolean>)[]): Promise<number> =>
    new Promise((resolve) => {
      let asked = 0;
      const journal = {
        renew: async () => {
          const answer = answers[asked];
          asked += 1;
          if (answer === undefined) resolve(asked);
          return answer?.() ?? false;
        },
      } as unknown as RefreshJournal;
      keepRenewing({} as RefreshSubject, {} as RefreshLease, { journal, timings: TIMINGS });
    });

  it('R1 is renewed again and again, also when the database did not answer', async () => {
    const away = () => Promise.reject(new Error('The database does not answer'));
    const held = () => Promise.resolve(true);
    expect(await renewals([held, away, away, held])).toBe(5);
  });
});
