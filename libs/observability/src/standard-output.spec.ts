import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StandardOutput } from './standard-output.js';

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5);
};

describe('StandardOutput', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-output-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes every line, in order', async () => {
    const file = join(folder, 'log');
    const descriptor = openSync(file, 'w');
    const output = new StandardOutput(descriptor);
    const lines = Array.from({ length: 2_000 }, (_, n) => `line ${n} ünïcode\n`);
    for (const line of lines) output.write(line);
    await until(() => readFileSync(file, 'utf8').length === lines.join('').length);
    expect(readFileSync(file, 'utf8')).toBe(lines.join(''));
    closeSync(descriptor);
  });

  it('drops and counts what a full disk does not take, and goes on', async () => {
    const full = openSync('/dev/full', 'w');
    const output = new StandardOutput(full);
    output.write('lost\n');
    await until(() => output.dropped === 1);
    output.write('lost, too\n');
    await until(() => output.dropped > 1);
    expect(output.dropped).toBe(2);
    closeSync(full);
  });

  it('keeps its memory bounded while nothing is taken', () => {
    const output = new StandardOutput(openSync(join(folder, 'slow'), 'w'));
    const line = 'x'.repeat(1_048_576);
    for (let n = 0; n < 20; n += 1) output.write(line);
    expect(output.dropped).toBeGreaterThanOrEqual(14);
  });
});
