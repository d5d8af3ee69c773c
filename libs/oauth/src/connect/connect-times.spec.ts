import { OAuthSettings } from '../oauth-settings.js';
import { ConnectTimes } from './connect-times.js';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const timesOf = (linkMinutes: number): ConnectTimes =>
  new ConnectTimes(
    { now: () => NOW },
    new OAuthSettings('http://127.0.0.1', linkMinutes * MINUTE, 10_000, 1_000_000, false),
  );

describe('ConnectTimes', () => {
  it.each([
    [5, 5],
    [10, 10],
    [60, 10],
  ])('O2 lets the state of a link of %i minutes live for %i', (linkMinutes, stateMinutes) => {
    const times = timesOf(linkMinutes);
    expect(times.linkExpiry().getTime() - NOW).toBe(linkMinutes * MINUTE);
    expect(times.flowExpiry().getTime() - NOW).toBe(stateMinutes * MINUTE);
  });

  it('takes the moment in which something ends for past', () => {
    const times = timesOf(10);
    expect(times.isPast(times.after(0))).toBe(true);
    expect(times.isPast(times.after(1))).toBe(false);
  });
});
