/** `npm run test:conformance`: has the official referee of MCP judge the MCP door. It needs a newer Node, so it has a folder of its own. */
import { buildIfStale } from './build.mjs';
import { ensure, ensureConformance } from './ensure.mjs';
import { inRoot, main, run } from './project.mjs';

await main(async () => {
  await ensure({ dev: true });
  await ensureConformance();
  await buildIfStale();
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const cache = `--cacheDirectory=${inRoot('node_modules/.cache/jest')}`;
  const which = [cache, '--testMatch', '**/*.referee-spec.ts', '--runInBand', ...process.argv.slice(2)];
  return run(process.execPath, [...node, inRoot('node_modules/jest/bin/jest.js'), ...which]);
});
