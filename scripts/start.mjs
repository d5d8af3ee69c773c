/** `npm start`: installs and builds what is missing, then becomes the server. */
import { main } from './project.mjs';
import { runApp } from './run-app.mjs';

const POLL_MS = 250;

/** npm that is told to end does so without a word to us: the shell it put between us passes no signal on. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  watch.unref();
}

await main(() => {
  endWithNpm();
  return runApp('apps/api');
});
