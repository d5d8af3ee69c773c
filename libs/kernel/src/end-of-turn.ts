let tasks: (() => void)[] = [];

/**
 * Runs a task when the event loop has taken in what arrived in this turn, together with all others of the turn, and before it
 * waits for anything.
 *
 * Requests and answers that arrive together are worked on step by step side by side instead of one after the other from end to
 * end: a step's code is in the processor's caches for all of them, which for a whole call it is not.
 *
 * @param task must not throw
 */
export function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) setImmediate(runTasks);
}

function runTasks(): void {
  const ready = tasks;
  tasks = [];
  for (const task of ready) task();
}
