/** `npm run typecheck`: the types of the server and its apps, and those of the client library. */
import { ensure, ensureSdk } from './ensure.mjs';
import { inRoot, main, run } from './project.mjs';

await main(async () => {
  await ensure({ dev: true });
  await ensureSdk();
  let status = 0;
  for (const project of ['tsconfig.json', 'libs/sdk/tsconfig.json']) {
    const compiler = inRoot('node_modules/typescript-7/bin/tsc');
    status ||= await run(process.execPath, [compiler, '--noEmit', '-p', inRoot(project)]);
  }
  return status;
});
