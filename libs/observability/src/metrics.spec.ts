import { Metrics } from './metrics.js';
import { shared, type Measured } from './measurement.js';

describe('what is read for a scraper', () => {
  const scrape = async (...reads: (() => readonly Measured[] | Promise<readonly Measured[]>)[]): Promise<string[]> => {
    const metrics = new Metrics();
    for (const [n, read] of reads.entries())
      metrics.measure({ kind: 'gauge', name: `test_${n}`, help: 'a test', labels: ['state'], read });
    await metrics.registry.metrics();
    const text = await metrics.registry.metrics();
    return text.split('\n').filter((line) => line.startsWith('test_'));
  };

  it('is read anew each time, and what is gone is gone', async () => {
    let scrapes = 0;
    const read = (): Measured[] => [{ labels: { state: `of scrape ${++scrapes}` }, value: 7 }];
    expect(await scrape(read)).toEqual(['test_0{state="of scrape 2"} 7']);
  });

  it('is left out when it can’t be read, and hides nothing else', async () => {
    const fails = (): Measured[] => {
      throw new Error('away');
    };
    const rejects = (): Promise<Measured[]> => Promise.reject(new Error('away'));
    const works = (): Measured[] => [{ labels: { state: 'there' }, value: 1 }];
    expect(await scrape(fails, rejects, works)).toEqual(['test_2{state="there"} 1']);
  });

  it('is asked for once, however many ask at the same time', async () => {
    let asked = 0;
    const ask = shared(() => Promise.resolve(++asked));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(await ask()).toBe(2);
  });
});
