import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** Waits for a condition. Throws when it has not come about in the time, naming it. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 60_000,
  everyMs = POLL_MS,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; ; await sleep(everyMs)) {
    if (await condition()) return;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain: ${what}`);
  }
}
