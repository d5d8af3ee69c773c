/** Node's timers can't be longer; one that is asked to be ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1 };

/** Whether a deadline, as the header `grpc-timeout` has it, is so far away that it is none: some clients write so that they have none. */
export function isEndless(timeout: string | null): boolean {
  if (timeout === null) return false;
  return Number(timeout.slice(0, -1)) * (UNITS[timeout.slice(-1)] ?? 0) > LONGEST_TIMER_MS;
}
