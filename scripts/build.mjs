/** Compiles apps, libs and migrations to dist, when they have changed since the last time. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './ensure.mjs';
import { generateIfStale, isGenerated } from './generate.mjs';
import { inRoot, isProgram, main, run, Stop } from './project.mjs';

const SOURCES = ['apps', 'libs', 'migrations'];
const STAMP = '.built-from';
const TEST_FILE = /(\.(spec|db-spec|e2e-spec|contract-spec|property-spec)\.ts|\/test\/.*)$/;

/** Whether dist lacks or was built from other sources. An image that ships dist without sources is never stale. */
export function isStale() {
  if (!SOURCES.every((folder) => existsSync(inRoot(folder)))) return false;
  const stamp = inRoot('dist', STAMP);
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint();
}

/**
 * Builds into a new folder that then takes the place of dist: nothing of a deleted source stays, and a build that fails
 * leaves the last one as it was.
 *
 * @param {{ tolerant?: boolean }} options tolerant: take what was emitted in spite of type errors (tests of unfinished work)
 */
export async function build({ tolerant = false } = {}) {
  await generateIfStale();
  const builtFrom = fingerprint();
  const fresh = inRoot(`dist.new-${process.pid}`);
  try {
    const compiler = inRoot('node_modules/typescript-7/bin/tsc');
    const args = [compiler, '-p', inRoot('tsconfig.build.json'), '--outDir', fresh];
    const code = await run(process.execPath, args, { stdio: ['ignore', tolerant ? 'ignore' : 2, 2] });
    const usable = code === 0 || (tolerant && existsSync(fresh));
    if (!usable)
      throw new Stop(`The build failed. If ${inRoot()} can't be written, build it where it can ("npm run build").`);
    if (code === 0) writeFileSync(join(fresh, STAMP), builtFrom);
    replaceDist(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

export async function buildIfStale(options) {
  if (isStale()) await build(options);
  // tests read the sources
  else await generateIfStale();
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'tsconfig.build.json', ...SOURCES.flatMap(withoutSdk).flatMap(sourceFiles)]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** The client library is built by itself (build-sdk.mjs), and has packages of its own that are many to walk through. */
const withoutSdk = (folder) =>
  folder === 'libs'
    ? readdirSync(inRoot('libs'))
        .filter((name) => name !== 'sdk')
        .map((name) => `libs/${name}`)
    : [folder];

const sourceFiles = (folder) =>
  readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|proto)$/.test(file) && !TEST_FILE.test(file) && !isGenerated(file))
    .toSorted()
    .map((file) => join(folder, file));

/** Another process may do the same at the same time; whoever comes last wins. */
function replaceDist(fresh) {
  const old = inRoot(`dist.old-${process.pid}`);
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(inRoot('dist'))) renameSync(inRoot('dist'), old);
      renameSync(fresh, inRoot('dist'));
      break;
    } catch (error) {
      if (attempt === 5) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

if (isProgram(import.meta.url)) {
  await main(async () => {
    await ensure({ dev: true });
    await buildIfStale();
  });
}
