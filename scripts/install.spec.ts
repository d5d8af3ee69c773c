import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALLED = `
  fs.mkdirSync('node_modules', { recursive: true });
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
`;
const HANGS = 'setInterval(() => {}, 1000);';

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'gatehouse-install-'));
  cpSync(import.meta.dirname, join(project, 'scripts'), { recursive: true });
  const packages = { '': {}, 'node_modules/a': { version: '1.0.0' } };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages }));
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Installs with an npm that behaves as told; `attempt` is 1 for its first run. */
function install(npm: string, seconds = 2) {
  const cli = join(project, 'npm.js');
  writeFileSync(
    cli,
    `const fs = require('node:fs');
     fs.appendFileSync('attempts', process.argv[2] + '\\n');
     const attempt = fs.readFileSync('attempts', 'utf8').split('\\n').length - 1;
     ${npm}`,
  );
  const env = { PATH: process.env.PATH, npm_execpath: cli, GATEHOUSE_INSTALL_SECONDS: String(seconds) };
  const { status, stderr } = spawnSync(process.execPath, [join(project, 'scripts/ensure.mjs')], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  const attempts = existsSync(join(project, 'attempts'))
    ? readFileSync(join(project, 'attempts'), 'utf8').split('\n').length - 1
    : 0;
  return { status, stderr, attempts };
}

describe('installing the packages', () => {
  it('does nothing when they are there', () => {
    expect(install(INSTALLED)).toMatchObject({ status: 0, attempts: 1 });
    expect(install('process.exit(1)')).toMatchObject({ status: 0, attempts: 1, stderr: '' });
  });

  it('tries again when npm stops in the middle', () => {
    const { status, stderr, attempts } = install(`if (attempt < 3) ${HANGS} else { ${INSTALLED} }`);
    expect({ status, attempts }).toEqual({ status: 0, attempts: 3 });
    expect(stderr).toContain('did not end within 2 s (GATEHOUSE_INSTALL_SECONDS), attempt 2.');
  });

  it('does not wait for an npm that has done its work and never ends', () => {
    expect(install(`${INSTALLED} ${HANGS}`, 300)).toMatchObject({ status: 0, attempts: 1 });
  });

  it('gives up, saying so, when npm never gets there', () => {
    const { status, stderr, attempts } = install(HANGS);
    expect({ status, attempts }).toEqual({ status: 1, attempts: 3 });
    expect(stderr).toContain(`Installing the packages in ${project} failed`);
  });

  it('takes the word of an npm that says why it failed', () => {
    const { status, stderr, attempts } = install(`console.error('EACCES, says npm'); process.exit(1);`);
    expect({ status, attempts }).toEqual({ status: 1, attempts: 1 });
    expect(stderr).toMatch(/EACCES, says npm[\s\S]*failed; npm says why above/);
  });

  it('installs anew over what an npm that was stopped has left half written', () => {
    const half = `fs.mkdirSync('node_modules'); fs.writeFileSync('node_modules/.package-lock.json', '{ "packa'); ${HANGS}`;
    expect(install(`if (attempt === 1) { ${half} } else { ${INSTALLED} }`)).toMatchObject({ status: 0, attempts: 2 });
  });
});
