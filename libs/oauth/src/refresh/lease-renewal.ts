import type { RefreshJournal } from './refresh-journal.js';
import type { RefreshLease } from './refresh-lease.js';
import type { RefreshSubject } from './refresh-subject.js';
import type { RefreshTimings } from './refresh-timings.js';

/** Renews a lease for as long as its holder works, however slow the provider is. Returns what ends that. */
export function keepRenewing(
  subject: RefreshSubject,
  lease: RefreshLease,
  { journal, timings }: { readonly journal: RefreshJournal; readonly timings: RefreshTimings },
): () => void {
  let timer: NodeJS.Timeout;
  let ended = false;
  const later = (): void => {
    if (ended) return;
    timer = setTimeout(() => void renew(), timings.renewEveryMs);
    timer.unref();
  };
  const renew = async (): Promise<void> => {
    await timings.reach('before_renewal');
    if (ended) return;
    // A database that does not answer is asked again; until it does, the lease runs out by its own clock
    const held = await journal.renew(subject, lease).catch(() => true);
    if (held) later();
  };
  later();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
