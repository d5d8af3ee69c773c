import { RecordBudget } from './record-budget.js';

describe('RecordBudget', () => {
  it('grants so many per key and minute, and again in the next minute', () => {
    let time = 1_000_000_020_000;
    const budget = new RecordBudget(2, { now: () => time });
    const granted = (key: string): number => Array.from({ length: 5 }, () => budget.take(key)).filter(Boolean).length;
    expect([granted('a'), granted('b'), granted('a')]).toEqual([2, 2, 0]);
    time += 60_000;
    expect(granted('a')).toBe(2);
  });
});
