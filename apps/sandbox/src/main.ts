import { createSandbox } from './create-sandbox.js';
import { readStart } from './start-options.js';

/** How long a stop may take before the process ends anyway. */
const STOP_MS = 3000;

/**
 * The sandbox as a process of its own. Started as a child with an IPC channel it takes its options from the first message
 * (`{type: 'start', options}`), answers with `{ready, url}`, and ends when its parent is gone; on a command line it takes
 * flags and prints the same as one line of JSON.
 */
async function main(): Promise<void> {
  const { options, generatedSecret } = await readStart(process.argv.slice(2));
  const sandbox = await createSandbox(options);
  const { url } = await sandbox.listen();
  stopWhenAsked(() => sandbox.close());
  report({
    ready: true,
    url,
    ...(generatedSecret === null ? {} : { client_id: options.clientId, client_secret: generatedSecret }),
  });
}

function stopWhenAsked(close: () => Promise<void>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  // Ctrl-C reaches a child together with its parent, which may still be answering calls that need us: it stops us when it is done.
  process.on('SIGINT', () => (process.connected ? undefined : stop()));
  // The parent has ended, however it did: nobody would stop us any more.
  process.once('disconnect', stop);
}

function report(message: Readonly<Record<string, unknown>>): void {
  if (process.send !== undefined && process.connected) process.send(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

function fail(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const text =
    code === 'EADDRINUSE' ? `${message}: choose another port with --port, or stop what listens there` : message;
  report({ ready: false, error: text });
  process.stderr.write(`sandbox: ${text}\n`);
  process.exit(1);
}

main().catch(fail);
