import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build, isStale } from './build.mjs';
import { ensure } from './ensure.mjs';
import { inRoot, Stop } from './project.mjs';

/**
 * Runs an app in this very process, so that signals and the exit code are the app's own.
 *
 * @param {string} app its folder, such as `apps/api`; the program's arguments are those of this script after it
 */
export async function runApp(app) {
  const stale = isStale();
  await ensure({ dev: stale });
  if (stale) await build();
  const program = inRoot('dist', app, 'src/main.js');
  if (!existsSync(program))
    throw new Stop(`There is no ${app}/src/main.ts. The apps are the folders of ${inRoot('apps')}.`);
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
}
