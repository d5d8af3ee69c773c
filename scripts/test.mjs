/** `npm test [-- jest arguments]`: installs and builds what is missing, then runs Jest. */
import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from './build.mjs';
import { ensure, ensureSdk } from './ensure.mjs';
import { memoryFolder } from './memory-folder.mjs';
import { inRoot, main, run } from './project.mjs';

/** One more than the two processors that we count on: there is always a test that waits for a server or for time to pass. */
const MAX_WORKERS = '--maxWorkers=3';

await main(async () => {
  const args = process.argv.slice(2);
  await ensure({ dev: true });
  if (mayTestSdk(args)) await ensureSdk();
  await buildIfStale();
  const temporary = makeTemporaryFolder();
  try {
    return await jest(temporary, args);
  } finally {
    // The database of an interrupted run takes a moment to go.
    rmSync(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

/** Whether the paths among the arguments, if there are any, may lead to libs/sdk. */
function mayTestSdk(args) {
  const paths = args.filter((arg) => /[/\\]|\.ts$/.test(arg) && !arg.startsWith('-'));
  return paths.length === 0 || paths.some((path) => /sdk|^libs\/?$/.test(path));
}

function jest(temporary, args) {
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const cache = `--cacheDirectory=${mayWrite(inRoot('node_modules')) ? inRoot('node_modules/.cache/jest') : join(temporary, 'jest')}`;
  const workers = args.some((arg) => /^(-w|--maxWorkers|-i$|--runInBand)/.test(arg)) ? [] : [MAX_WORKERS];
  return run(process.execPath, [...node, inRoot('node_modules/jest/bin/jest.js'), cache, ...workers, ...args], {
    // Whatever a test leaves in the temporary folder, an interrupted one too, goes with it.
    env: { ...process.env, TMPDIR: temporary },
  });
}

/** The database runs as another account when we are root; that account has to get through. */
function makeTemporaryFolder() {
  const parent = process.env.TMPDIR === undefined ? (memoryFolder() ?? tmpdir()) : tmpdir();
  const folder = mkdtempSync(join(parent, 'gatehouse-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

function mayWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
