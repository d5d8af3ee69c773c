/**
 * Makes sure that the project can run: a Node that is new enough, and packages that match package-lock.json.
 * Uses nothing but Node itself, since it runs before anything is installed.
 */
import { install } from './install.mjs';
import { inRoot, isProgram, main, Stop } from './project.mjs';

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

function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Stop(
    `Gatehouse needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}. Get a current one from https://nodejs.org.`,
  );
}

const PARTS = { sdk: ensureSdk, clients: ensureClients, conformance: ensureConformance };

if (isProgram(import.meta.url)) await main(() => PARTS[process.argv[2]]?.() ?? ensure({ dev: true }));
