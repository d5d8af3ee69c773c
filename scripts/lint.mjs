/** `npm run lint`: every check of the sources; goes through all of them before it fails. */
import { ensure } from './ensure.mjs';
import { generateIfStale } from './generate.mjs';
import { inRoot, main, run } from './project.mjs';

const tool = (...path) => inRoot('node_modules', ...path);

/** The client library has types of packages that this does not install: `npm run check:sdk` goes through it. */
const WITH_TYPES = [
  '--type-aware',
  '--deny-warnings',
  '--ignore-pattern',
  'libs/sdk/**',
  '--ignore-pattern',
  '**/generated/**',
];

const CHECKS = [
  ['oxlint', [tool('oxlint/bin/oxlint'), ...WITH_TYPES, 'apps', 'libs', 'migrations', 'scripts']],
  ['prettier', [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  [
    'dependency rules',
    [tool('dependency-cruiser/bin/dependency-cruise.mjs'), '--output-type', 'err-long', 'apps', 'libs', 'migrations'],
  ],
  ['source rules', [inRoot('scripts/check-sources.mjs')]],
];

await main(async () => {
  await ensure({ dev: true });
  await generateIfStale();
  const failed = [];
  for (const [name, command] of CHECKS) {
    if ((await run(process.execPath, command)) !== 0) failed.push(name);
  }
  if (failed.length === 0) return 0;
  process.stderr.write(`Lint failed: ${failed.join(', ')}\n`);
  return 1;
});
