/** `npm run test:clients`: runs real coding agents against Gatehouse. Not among the tests, since it installs a gigabyte. */
import { buildIfStale } from './build.mjs';
import { ensure, ensureClients } from './ensure.mjs';
import { inRoot, main, run } from './project.mjs';

await main(async () => {
  await ensure({ dev: true });
  await ensureClients();
  await buildIfStale();
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const which = ['--testMatch', '**/*.client-spec.ts', '--runInBand', ...process.argv.slice(2)];
  return run(process.execPath, [...node, inRoot('node_modules/jest/bin/jest.js'), ...which]);
});
