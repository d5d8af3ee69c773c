/**
 * `npm run example -- <name> [question]`: runs libs/sdk/examples/<name>.mjs against a running Gatehouse (`npm start`). Without the
 * vendor's key among the environment variables, a stand-in on this machine plays the model.
 */
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { buildSdkIfStale } from './build-sdk.mjs';
import { ensure, ensureSdk } from './ensure.mjs';
import { inRoot, main, run, Stop } from './project.mjs';

/** The variable that holds the vendor's key, and where the vendor's client looks for another address. */
const VENDORS = {
  langchain: { key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL', path: '/v1' },
  openai: { key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL', path: '/v1' },
  anthropic: { key: 'ANTHROPIC_API_KEY', url: 'ANTHROPIC_BASE_URL', path: '' },
  'google-adk': { key: 'GOOGLE_API_KEY', url: 'GOOGLE_GEMINI_BASE_URL', path: '' },
};

await main(async () => {
  const [name, ...question] = process.argv.slice(2);
  const vendor = VENDORS[name];
  if (vendor === undefined) throw new Stop(`Say which example to run: ${Object.keys(VENDORS).join(', ')}.`);
  if (!process.env.GATEHOUSE_CLIENT_ID || !process.env.GATEHOUSE_CLIENT_SECRET)
    throw new Stop('Set GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET to what npm start printed.');
  await ensure({ dev: true });
  await ensureSdk();
  await buildSdkIfStale();
  const stub = process.env[vendor.key] ? null : await startStub();
  const env = stub === null ? {} : { [vendor.key]: 'none', [vendor.url]: stub.url + vendor.path };
  try {
    const program = inRoot('libs/sdk/examples', `${name}.mjs`);
    return await run(process.execPath, [program, ...question], { env: { ...process.env, ...env } });
  } finally {
    await stub?.close();
  }
});

async function startStub() {
  await buildIfStale();
  const { startModelStub } = await import(pathToFileURL(inRoot('dist/apps/model-stub/src/start-model-stub.js')).href);
  process.stderr.write('No model key is set: a stand-in plays the model.\n');
  return startModelStub();
}
