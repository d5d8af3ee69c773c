/** `npm run check:sdk`: the types, the rules and the doc comments of libs/sdk, and the package as it would be published. */
import { ensure, ensureSdk } from './ensure.mjs';
import { inRoot, main, run, Stop } from './project.mjs';
import { undocumented } from './sdk-docs.mjs';
import { checkPackage } from './sdk-package.mjs';

const tool = (...path) => inRoot('node_modules', ...path);

const CHECKS = {
  types: [tool('typescript-7/bin/tsc'), '--noEmit', '-p', inRoot('libs/sdk/tsconfig.json')],
  rules: [tool('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', 'libs/sdk'],
};

await main(async () => {
  await ensure({ dev: true });
  await ensureSdk();
  for (const [name, command] of Object.entries(CHECKS))
    if ((await run(process.execPath, command)) !== 0) throw new Stop(`The ${name} of libs/sdk do not hold.`);
  const silent = undocumented();
  if (silent.length > 0) throw new Stop(`These public symbols have no doc comment:\n${silent.join('\n')}`);
  await checkPackage();
});
