import { readFileSync } from 'node:fs';
import { runProgram, type Machine } from '../src/index.js';

describe('gatehouse', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  let printed = '';
  let told = '';
  beforeEach(() => (printed = told = ''));

  const machine: Machine = {
    home: '/nowhere/home',
    project: '/nowhere/project',
    platform: 'linux',
    env: {},
    now: () => 0,
    print: (text) => (printed += text),
    tell: (text) => (told += text),
  };

  it.each(['--version', '-V'])('says with %s which version is installed, and nothing else', async (option) => {
    expect(await runProgram([option], machine)).toBe(0);
    expect([printed, told]).toEqual([`${version}\n`, '']);
  });

  it('tells of the option, and of what it does not know', async () => {
    expect(await runProgram(['--help'], machine)).toBe(0);
    expect(printed).toContain('--version');
    expect(await runProgram(['--nonsense'], machine)).toBe(1);
    expect(told).toContain('--nonsense');
  });
});
