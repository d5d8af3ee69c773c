/**
 * Works a queue off in several lanes at a time: `work` takes one thing and deals with it, and says whether there was one. A slow
 * one holds up its own lane only. Ends when there is nothing left, or after `most` things, so that a run has an end.
 *
 * @returns how many there were; rejects, once every lane has ended, when `work` failed
 */
export async function drainQueue(lanes: number, most: number, work: () => Promise<boolean>): Promise<number> {
  let done = 0;
  const lane = async (): Promise<void> => {
    while (done < most && (await work())) done++;
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return done;
}
