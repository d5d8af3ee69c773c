import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../src/index.js';

const URL_ = 'https://gate.example/intercom';

describe('gatehouse marketplace', () => {
  let root: string;
  let told: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
    told = '';
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const run = (...more: string[]): Promise<number> =>
    runProgram(['marketplace', '--out', 'out', ...more], {
      home: root,
      project: root,
      platform: 'linux',
      env: {},
      now: () => 0,
      print: () => undefined,
      tell: (text) => (told += text),
    });

  const read = (path: string): string => readFileSync(join(root, 'out', path), 'utf8');
  const json = (path: string): unknown => JSON.parse(read(path)) as unknown;

  it('has a plugin for each URL, which connects to this deployment and signs its user in', async () => {
    expect(await run('--url', URL_, `${URL_}/readonly`, '--owner', 'Acme', '--name', 'acme-gate')).toBe(0);
    expect(json('.claude-plugin/marketplace.json')).toMatchObject({
      name: 'acme-gate',
      owner: { name: 'Acme' },
      plugins: [
        { name: 'intercom', source: './plugins/intercom', version: '0.1.0' },
        { name: 'intercom-readonly', source: './plugins/intercom-readonly', version: '0.1.0' },
      ],
    });
    expect(json('plugins/intercom/.claude-plugin/plugin.json')).toMatchObject({
      name: 'intercom',
      version: '0.1.0',
      mcpServers: { intercom: { type: 'http', url: URL_ } },
    });
    expect(json('plugins/intercom-readonly/.claude-plugin/plugin.json')).toMatchObject({
      mcpServers: { 'intercom-readonly': { type: 'http', url: `${URL_}/readonly` } },
    });
    expect(read('plugins/intercom/skills/intercom/SKILL.md')).toMatch(/^---\nname: intercom\ndescription: .+\n---\n/);
    expect(read('plugins/intercom/README.md').split(/\s+/).length).toBeGreaterThan(40);
    expect(told).toContain('claude plugin install intercom@acme-gate');
  });

  it('is written once more over itself, and beside nothing else', async () => {
    await run('--url', URL_);
    expect(await run('--url', URL_, '--plugin-version', '0.2.0')).toBe(0);
    expect(json('.claude-plugin/marketplace.json')).toMatchObject({ plugins: [{ version: '0.2.0' }] });
    rmSync(join(root, 'out'), { recursive: true });
    mkdirSync(join(root, 'out'));
    writeFileSync(join(root, 'out', 'thesis.txt'), '');
    expect(await run('--url', URL_)).toBe(1);
    expect([told.includes('has other files (thesis.txt)'), readdirSync(join(root, 'out'))]).toEqual([
      true,
      ['thesis.txt'],
    ]);
  });

  it.each([
    [['--url', `${URL_}/`], 'Leave out the slash'],
    [['--url', URL_, URL_], 'plugins of the same name'],
    [['--url', URL_, '--name', 'My Gate'], 'small letters'],
    [['--url', URL_, '--plugin-version', 'new'], 'looks like 1.0.0'],
    [[], '--url'],
  ])('refuses %j and says why', async (args, reason) => {
    expect(await run(...args)).toBe(1);
    expect(told).toContain(reason);
    expect(readdirSync(root)).toEqual([]);
  });
});
