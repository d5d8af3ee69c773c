import { startModelStub } from './start-model-stub.js';

/** `node scripts/run.mjs apps/model-stub [port]`: the stand-in by itself, until it is told to end. */
const stub = await startModelStub(Number(process.argv[2] ?? 0));
process.stdout.write(`Model stand-in on ${stub.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stub.close());
