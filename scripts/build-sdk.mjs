/** Compiles libs/sdk as it is published: as ES modules and as CommonJS, with types for both. */
import { rmSync, writeFileSync } from 'node:fs';
import { ensure, ensureSdk } from './ensure.mjs';
import { inRoot, isProgram, main, run, Stop } from './project.mjs';

export async function buildSdk() {
  const folder = inRoot('libs/sdk');
  rmSync(`${folder}/dist`, { recursive: true, force: true });
  for (const format of ['esm', 'cjs']) {
    const compiler = inRoot('node_modules/typescript-7/bin/tsc');
    const code = await run(process.execPath, [compiler, '-p', `${folder}/tsconfig.${format}.json`], {
      // npm pack prints JSON to the standard output
      stdio: ['ignore', 2, 2],
    });
    if (code !== 0) throw new Stop(`libs/sdk could not be compiled as ${format}.`);
  }
  writeFileSync(`${folder}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
}

if (isProgram(import.meta.url)) {
  await main(async () => {
    await ensure({ dev: true });
    await ensureSdk();
    await buildSdk();
  });
}
