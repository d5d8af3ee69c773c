/**
 * Makes sure that the project can run: a Node that is new enough, and packages that match package-lock.json.
 * Uses nothing but Node itself, since it runs before anything is installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, isProgram, main, run, Stop } from './project.mjs';

const OLDEST_NODE = [20, 19];

/**
 * Installs the packages when they are missing or don't match the lock file; writes nothing when they do.
 *
 * @param {{ dev: boolean }} needs whether tools to build and test are needed too
 */
export async function ensure({ dev }) {
  assertNode();
  await install(inRoot(), dev);
}

/**
 * The same for the agent frameworks that the tests of libs/sdk run. They are many and large, so they are a tree of their own:
 * neither the server nor who works on it waits for them.
 */
export async function ensureSdk() {
  await install(inRoot('libs/sdk'), true);
}

/** The same for the coding agents that `npm run test:clients` runs, which are larger still. */
export async function ensureClients() {
  await install(inRoot('clients'), true);
}

/** The same for the referee of `npm run test:conformance`, and for the Node that it needs. */
export async function ensureConformance() {
  await install(inRoot('conformance'), true);
}

async function install(folder, dev) {
  if (installFits(folder, dev)) return;
  process.stderr.write(`Installing packages in ${folder} (npm ci) …\n`);
  const args = [
    'ci',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    ...(dev ? ['--include=dev'] : []),
  ];
  const code = await npm(args, folder);
  if (code === 0 && installFits(folder, dev)) return;
  throw new Stop(
    'Installing the packages failed; npm says why above. A first start needs the npm registry (or a filled npm cache) ' +
      'and a project folder that may be written. Then run "npm ci" and try again.',
  );
}

function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Stop(
    `Gatehouse needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}. Get a current one from https://nodejs.org.`,
  );
}

/** Compares the lock file with the record that npm leaves in node_modules at the end of a successful install. */
function installFits(folder, dev) {
  const wanted = packagesIn(join(folder, 'package-lock.json'));
  const installed = packagesIn(join(folder, 'node_modules/.package-lock.json'));
  if (wanted === null) throw new Stop(`package-lock.json is missing in ${folder}. Restore it from the repository.`);
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found !== undefined) return found.version === entry.version;
    return entry.optional === true || (!dev && (entry.dev === true || entry.devOptional === true));
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The npm that runs us when there is one, so that no other has to be on the path. Its report goes to stderr. */
async function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
  try {
    return await run(command, [...first, ...args], { cwd, stdio: ['ignore', 2, 2] });
  } catch (error) {
    throw new Stop(`Can't run npm (${error.message}), which comes with Node. Put it on the PATH.`);
  }
}

const PARTS = { sdk: ensureSdk, clients: ensureClients, conformance: ensureConformance };

if (isProgram(import.meta.url)) await main(() => PARTS[process.argv[2]]?.() ?? ensure({ dev: true }));
