import { sleep } from './sleep.js';

describe('sleep', () => {
  it('ends after a while', async () => {
    await expect(sleep(1)).resolves.toBeUndefined();
  });

  it('ends at once when its caller goes, or has gone, and leaves no timer behind', async () => {
    const caller = new AbortController();
    const waiting = sleep(2 ** 30, caller.signal);
    caller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(sleep(2 ** 30, caller.signal)).rejects.toThrow('gone');
  });
});
