/** Packs libs/sdk as it would be published, and looks at the package as those who install it do. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSdk } from './build-sdk.mjs';
import { inRoot, Stop } from './project.mjs';

const SDK = inRoot('libs/sdk');
const MAX_PACKED_BYTES = 80_000;
/** npm hangs now and then, and has nothing to fetch here. */
const MAX_NPM_MS = 120_000;
const ALLOWED = /^(package\.json|README\.md|LICENSE|dist\/(esm|cjs)\/.*\.(js|d\.ts)|dist\/cjs\/package\.json)$/;

export async function checkPackage() {
  await buildSdk();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sdk-'));
  try {
    const { size, entries } = pack(folder);
    const manifest = JSON.parse(readFileSync(join(SDK, 'package.json'), 'utf8'));
    checkContents(manifest, entries);
    await checkWithPublint();
    await checkImports(manifest, folder);
    checkTypes(manifest, folder);
    process.stdout.write(`@gatehouse/sdk: ${size} bytes packed, ${entries.length} files; exports and types hold.\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs the packed package into a folder that has the agent frameworks too. */
function pack(folder) {
  const args = ['--no-update-notifier', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const answer = JSON.parse(execFileSync('npm', args, { cwd: SDK, encoding: 'utf8', timeout: MAX_NPM_MS }));
  const [packed] = Array.isArray(answer) ? answer : Object.values(answer);
  if (packed.size > MAX_PACKED_BYTES)
    throw new Stop(`The package has ${packed.size} bytes, more than ${MAX_PACKED_BYTES}.`);
  const installed = join(folder, 'node_modules/@gatehouse/sdk');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', installed]);
  for (const name of readdirSync(join(SDK, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(SDK, 'node_modules', name), join(folder, 'node_modules', name));
  return { size: packed.size, entries: packed.files.map(({ path }) => path) };
}

function checkContents(manifest, entries) {
  const odd = entries.filter((path) => !ALLOWED.test(path));
  if (odd.length > 0) throw new Stop(`These files do not belong into the package: ${odd.join(', ')}`);
  if (manifest.dependencies !== undefined) throw new Stop('The client has no dependencies: fetch is all it needs.');
  const peers = Object.keys(manifest.peerDependencies);
  for (const path of entries.filter((each) => /\.(js|d\.ts)$/.test(each)))
    for (const [, specifier] of readFileSync(join(SDK, path), 'utf8').matchAll(
      /(?:from |import\(|require\()["']([^"']+)["']/g,
    ))
      if (
        !specifier.startsWith('.') &&
        !(path.includes('/adapters/') && peers.some((peer) => `${specifier}/`.startsWith(`${peer}/`)))
      )
        throw new Stop(`${path} imports ${specifier}, which is none of its own and no framework of an adapter.`);
}

async function checkWithPublint() {
  const { publint } = await import(pathToFileURL(join(SDK, 'node_modules/publint/src/index-node.js')).href);
  const { formatMessage } = await import(pathToFileURL(join(SDK, 'node_modules/publint/src/utils.js')).href);
  const { messages, pkg } = await publint({ pkgDir: SDK, strict: true, pack: false });
  if (messages.length > 0) throw new Stop(messages.map((each) => formatMessage(each, pkg)).join('\n'));
}

function subPaths(manifest) {
  const paths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
  return paths.map((path) => `@gatehouse/sdk${path.slice(1)}`);
}

/** Every entry loads both ways, and has the same members. */
async function checkImports(manifest, folder) {
  const names = JSON.stringify(subPaths(manifest));
  const report = 'console.log(JSON.stringify(all))';
  const keys = (loaded) =>
    `Object.keys(${loaded}).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort()`;
  writeFileSync(
    join(folder, 'a.mjs'),
    `const all = {}; for (const name of ${names}) all[name] = ${keys('await import(name)')}; ${report}; process.exit();`,
  );
  writeFileSync(
    join(folder, 'a.cjs'),
    `const all = {}; for (const name of ${names}) all[name] = ${keys('require(name)')}; ${report}; process.exit();`,
  );
  const [esm, cjs] = ['a.mjs', 'a.cjs'].map((file) =>
    execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' }),
  );
  if (esm !== cjs) throw new Stop(`The entries differ:\nas modules:  ${esm}as CommonJS: ${cjs}`);
}

/**
 * Compiles users of every entry, in each way of resolving modules. A declaration of ours whose import leads nowhere would make its
 * types `any` without a word, so that none is `any` is what is checked.
 */
function checkTypes(manifest, folder) {
  const entries = subPaths(manifest);
  const code = `type IsAny<T> = 0 extends 1 & T ? true : false;
${entries.map((name, index) => `import * as entry${index} from '${name}';`).join('\n')}
type Made<T> = { [Name in keyof T]: T[Name] extends (...given: never[]) => infer R ? IsAny<Element<Awaited<R>>> : false };
type Element<T> = T extends readonly (infer E)[] ? E : T extends { tools: readonly (infer E)[] } ? E : T extends object ? T[keyof T] : T;
${entries.map((_name, index) => `export const made${index} = {} as Made<typeof entry${index}>[keyof typeof entry${index}] satisfies false;`).join('\n')}
const user = new entry0.Gatehouse({ url: 'http://x', clientId: 'x', clientSecret: 'x' }).forUser('u');
export const result: Promise<{ data: Readonly<Record<string, unknown>> }> = user.executeTool({ toolName: 'x' });
`;
  for (const file of ['use.mts', 'use.cts']) writeFileSync(join(folder, file), code);
  compile(folder, ['--module', 'nodenext', '--moduleResolution', 'nodenext', 'use.mts', 'use.cts']);
  compile(folder, ['--module', 'esnext', '--moduleResolution', 'bundler', 'use.mts']);
}

function compile(folder, args) {
  const compiler = inRoot('node_modules/typescript-7/bin/tsc');
  const types = ['--typeRoots', inRoot('node_modules/@types'), '--types', 'node'];
  const strict = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022'];
  try {
    execFileSync(process.execPath, [compiler, ...strict, ...types, ...args], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    throw new Stop(`Types of ${args.join(' ')}:\n${error.stdout}`);
  }
}
