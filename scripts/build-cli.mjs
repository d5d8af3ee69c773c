/** Compiles libs/cli as it is published. */
import { chmodSync, rmSync } from 'node:fs';
import { ensure } from './ensure.mjs';
import { inRoot, isProgram, main, run, Stop } from './project.mjs';

export async function buildCli() {
  const folder = inRoot('libs/cli');
  rmSync(`${folder}/dist`, { recursive: true, force: true });
  const compiler = inRoot('node_modules/typescript-7/bin/tsc');
  const code = await run(process.execPath, [compiler, '-p', `${folder}/tsconfig.json`], {
    // npm pack prints JSON to the standard output
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) throw new Stop('libs/cli could not be compiled.');
  chmodSync(`${folder}/dist/main.js`, 0o755);
}

if (isProgram(import.meta.url)) {
  await main(async () => {
    await ensure({ dev: true });
    await buildCli();
  });
}
