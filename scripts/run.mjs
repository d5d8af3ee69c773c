/** `node scripts/run.mjs apps/<name> [arguments]`: the same as start.mjs for another app. */
import { main, Stop } from './project.mjs';
import { runApp } from './run-app.mjs';

await main(async () => {
  const [app] = process.argv.splice(2, 1);
  if (app === undefined) throw new Stop('Say which app to run: node scripts/run.mjs apps/demo');
  await runApp(app.replace(/\/$/, ''));
});
