/**
 * Installs the packages of a folder with npm. Uses nothing but Node itself, since it runs before anything is installed.
 *
 * Some versions of npm (11.19 is one) stop now and then in the middle of an install, or do all of it and never end. So an
 * attempt has an end, and the next one starts with what those before it have fetched.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, Stop } from './project.mjs';

const ATTEMPTS = 3;
/** Seconds for an attempt. Packages that were fetched in it are kept, so a slow line gets there in several. */
const ATTEMPT_SECONDS = Number(process.env.GATEHOUSE_INSTALL_SECONDS ?? 300);
/** For npm to end by itself, once everything is there. */
const FAREWELL_MS = 5000;
const LOOK_MS = 500;

const ARGUMENTS = [
  'ci',
  '--ignore-scripts',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  // A connection on which nothing comes: much sooner than npm's five minutes, or there would be no time for another try.
  '--fetch-timeout=60000',
  '--fetch-retries=4',
];

/**
 * Installs what the folder's package-lock.json names, unless it is there.
 *
 * @param {string} folder has a package.json and a package-lock.json
 * @param {boolean} dev whether tools to build and test are needed too
 */
export async function install(folder, dev) {
  if (installFits(folder, dev)) return;
  process.stderr.write(`Installing packages in ${folder} (npm ci) …\n`);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const ended = await npm([...ARGUMENTS, ...(dev ? ['--include=dev'] : [])], folder, dev);
    if (installFits(folder, dev)) return;
    if (ended) break;
    process.stderr.write(
      `npm ci in ${folder} did not end within ${ATTEMPT_SECONDS} s (GATEHOUSE_INSTALL_SECONDS), attempt ${attempt}.\n`,
    );
  }
  throw new Stop(
    `Installing the packages in ${folder} failed; npm says why above. A first start needs the npm registry (or a filled ` +
      'npm cache) and a project folder that may be written. Then run "npm ci" there and try again.',
  );
}

/** Compares the lock file with the record that npm leaves in node_modules at the end of a successful install. */
function installFits(folder, dev) {
  const wanted = packagesIn(join(folder, 'package-lock.json'));
  const installed = recordIn(folder);
  if (wanted === null) throw new Stop(`package-lock.json is missing in ${folder}. Restore it from the repository.`);
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found !== undefined) return found.version === entry.version;
    return entry.optional === true || (!dev && (entry.dev === true || entry.devOptional === true));
  });
}

/** null while there is none, or half of one: npm writes it in place. */
function recordIn(folder) {
  try {
    return packagesIn(join(folder, 'node_modules/.package-lock.json'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Runs the npm that runs us when there is one, so that no other has to be on the path. Its report goes to stderr.
 *
 * @returns {Promise<boolean>} whether it has ended by itself
 */
async function npm(args, folder, dev) {
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
  const patience = new Patience(() => installFits(folder, dev));
  try {
    const how = { cwd: folder, stdio: ['ignore', 2, 2], signal: patience.signal, killSignal: 'SIGKILL' };
    await run(command, [...first, ...args], how);
    return true;
  } catch (error) {
    if (patience.signal.aborted) return false;
    throw new Stop(`Can't run npm (${error.message}), which comes with Node. Put it on the PATH.`);
  } finally {
    patience.end();
  }
}

/** Aborts its signal when the time of an attempt is over, or soon after there is nothing left to do. */
class Patience {
  #giveUp = new AbortController();
  #limit = setTimeout(() => this.#giveUp.abort(), ATTEMPT_SECONDS * 1000);
  #look;

  constructor(isDone) {
    this.#look = setInterval(() => {
      if (!isDone()) return;
      this.end();
      this.#limit = setTimeout(() => this.#giveUp.abort(), FAREWELL_MS);
    }, LOOK_MS);
  }

  get signal() {
    return this.#giveUp.signal;
  }

  end() {
    clearInterval(this.#look);
    clearTimeout(this.#limit);
  }
}
