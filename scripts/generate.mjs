/** Writes the code of the gRPC door's messages from its `.proto` files, when those have changed since the last time. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensure } from './ensure.mjs';
import { inRoot, isProgram, main, run, Stop } from './project.mjs';

const DOOR = 'apps/api/src/rpc';
const PROTO = `${DOOR}/proto`;
const GENERATED = `${DOOR}/generated`;
const STAMP = '.generated-from';
const GENERATOR = 'node_modules/@bufbuild/protoc-gen-es/package.json';

/** The folder that nobody edits and that is not committed. */
export const isGenerated = (file) => file.includes('/generated/');

/** Needs the tools of developers. An image that ships dist without sources has nothing to generate. */
export async function generateIfStale() {
  if (!existsSync(inRoot(PROTO))) return;
  const from = fingerprint();
  const stamp = inRoot(GENERATED, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === from) return;
  const fresh = inRoot(`${GENERATED}.new-${process.pid}`);
  try {
    await generate(fresh);
    writeFileSync(join(fresh, STAMP), from);
    rmSync(inRoot(GENERATED), { recursive: true, force: true });
    renameSync(fresh, inRoot(GENERATED));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function generate(folder) {
  const cache = inRoot('node_modules/.cache/buf');
  mkdirSync(cache, { recursive: true });
  const args = [
    inRoot('node_modules/@bufbuild/buf/bin/buf'),
    'generate',
    inRoot(PROTO),
    '--template',
    template(folder),
  ];
  const env = {
    ...process.env,
    BUF_CACHE_DIR: cache,
    PATH: `${inRoot('node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
  };
  if ((await run(process.execPath, args, { stdio: ['ignore', 2, 2], env })) === 0) return;
  throw new Stop(
    `The code of the gRPC messages could not be generated from ${inRoot(PROTO)}; the generator says why above.`,
  );
}

const template = (out) =>
  JSON.stringify({
    version: 'v2',
    plugins: [{ local: 'protoc-gen-es', out, opt: ['target=ts', 'import_extension=js'] }],
  });

function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(inRoot(GENERATOR)));
  const files = readdirSync(inRoot(PROTO), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.proto'),
  );
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(readFileSync(inRoot(PROTO, file)));
  return hash.digest('hex');
}

if (isProgram(import.meta.url)) {
  await main(async () => {
    await ensure({ dev: true });
    await generateIfStale();
  });
}
