import { EvenRefusals, leftOf } from './even-refusals.js';

describe('refusals of credentials', () => {
  it.each([0, 0.5, 40, 100])(
    'are told a tenth of a second after they were sent, when that was known after %d ms',
    (took) => {
      expect(took + leftOf(took)).toBe(100);
    },
  );

  it('are not held up when they took longer', () => {
    expect([leftOf(100.1), leftOf(5_000)]).toEqual([0, 0]);
  });

  it('count from when the credentials arrived', async () => {
    const began = performance.now();
    await new EvenRefusals().begin().due();
    // Node's timers may be a millisecond early
    expect(performance.now() - began).toBeGreaterThan(98);
  });
});
