/** Compiles libs/sdk as it is published: as ES modules and as CommonJS, with types for both. */
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure, ensureSdk } from './ensure.mjs';
import { inRoot, isProgram, main, run, Stop } from './project.mjs';

const folder = inRoot('libs/sdk');
/** Written last, so that it is not there after a build that was interrupted. */
const LAST = join(folder, 'dist/cjs/package.json');

export async function buildSdk() {
  rmSync(`${folder}/dist`, { recursive: true, force: true });
  for (const format of ['esm', 'cjs']) {
    const compiler = inRoot('node_modules/typescript-7/bin/tsc');
    const code = await run(process.execPath, [compiler, '-p', `${folder}/tsconfig.${format}.json`], {
      // npm pack prints JSON to the standard output
      stdio: ['ignore', 2, 2],
    });
    if (code !== 0) throw new Stop(`libs/sdk could not be compiled as ${format}.`);
  }
  writeFileSync(LAST, '{ "type": "commonjs" }\n');
}

/** The same, unless no source was written since the last time. */
export async function buildSdkIfStale() {
  const built = writtenAt(LAST);
  if (sources().some((file) => writtenAt(file) > built)) await buildSdk();
}

const writtenAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Folders too: they tell of a file that was deleted. */
function sources() {
  const src = join(folder, 'src');
  const names = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const settings = ['tsconfig.esm.json', 'tsconfig.cjs.json', 'package.json'].map((name) => join(folder, name));
  return [src, ...names.map((name) => join(src, name)), ...settings];
}

if (isProgram(import.meta.url)) {
  await main(async () => {
    await ensure({ dev: true });
    await ensureSdk();
    await buildSdk();
  });
}
