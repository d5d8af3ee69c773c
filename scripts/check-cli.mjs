/** `npm run check:cli`: packs libs/cli as it would be published, installs it where nothing of ours is, and runs its commands there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure } from './ensure.mjs';
import { inRoot, main, Stop } from './project.mjs';

const CLI = inRoot('libs/cli');
const MAX_PACKED_BYTES = 40_000;
/** npm hangs now and then, and has nothing to fetch here. */
const MAX_NPM_MS = 120_000;
const ALLOWED = /^(package\.json|README\.md|LICENSE|dist\/.*\.js)$/;
const URL = 'https://gatehouse.example.com/intercom';
/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9/intercom';

await main(async () => {
  await ensure({ dev: true });
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  try {
    const { size, count } = install(folder);
    checkCommands(folder);
    process.stdout.write(`@gatehouse/cli: ${size} bytes packed, ${count} files; it installs, and its commands run.\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Without a registry: what the package depends on is packed from our own packages. Anything else it imports is not there. */
function install(folder) {
  const packed = pack(CLI, folder);
  const odd = packed.files.map(({ path }) => path).filter((path) => !ALLOWED.test(path));
  if (odd.length > 0) throw new Stop(`These files do not belong into the package: ${odd.join(', ')}`);
  if (packed.size > MAX_PACKED_BYTES)
    throw new Stop(`The package has ${packed.size} bytes, more than ${MAX_PACKED_BYTES}.`);
  const { dependencies } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8'));
  const needed = Object.keys(dependencies).map((name) =>
    pack(inRoot('node_modules', name), folder, '--ignore-scripts'),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm(
    [
      'install',
      '--offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...[packed, ...needed].map(({ filename }) => `./${filename}`),
    ],
    folder,
  );
  for (const [name, version] of Object.entries(dependencies)) {
    const installed = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
    if (installed !== version)
      throw new Stop(`${name} is ${version} in libs/cli/package.json and ${installed} in ours: tests run another one.`);
  }
  return { size: packed.size, count: packed.files.length };
}

function pack(source, folder, ...more) {
  const answer = JSON.parse(npm(['pack', '--json', '--pack-destination', folder, ...more], source));
  return (Array.isArray(answer) ? answer : Object.values(answer))[0];
}

function npm(args, cwd) {
  try {
    const options = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: MAX_NPM_MS };
    return execFileSync('npm', ['--no-update-notifier', ...args], options);
  } catch (error) {
    throw new Stop(`npm ${args.slice(0, 2).join(' ')} in ${cwd} failed:\n${error.stderr ?? error.message}`);
  }
}

function checkCommands(folder) {
  const gatehouse = commandIn(folder);
  const { version } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8'));
  const told = gatehouse(0, '--version');
  if (told !== `${version}\n`) throw new Stop(`gatehouse --version says ${told} instead of ${version}.`);
  const help = gatehouse(0, '--help');
  for (const command of ['connect', 'doctor', 'marketplace'])
    if (!help.includes(command)) throw new Stop(`gatehouse --help does not tell of ${command}:\n${help}`);
  for (const client of ['claude', 'cursor', 'codex', 'vscode', 'gemini']) {
    gatehouse(0, 'connect', '--client', client, '--url', URL);
    const printed = gatehouse(0, 'connect', '--client', client, '--url', URL, '--name', 'other', '--print');
    if (!printed.includes(URL)) throw new Stop(`gatehouse connect --client ${client} --print:\n${printed}`);
  }
  const config = join(folder, 'home/.codex/config.toml');
  if (!existsSync(config) || !readFileSync(config, 'utf8').includes(URL))
    throw new Stop(`gatehouse connect --client codex has not written ${config}.`);
  gatehouse(0, 'marketplace', '--url', URL, '--out', 'market');
  const fault = gatehouse(1, 'doctor', '--url', NOBODY, '--client', 'codex');
  if (!fault.includes('127.0.0.1:9')) throw new Stop(`gatehouse doctor does not say what is wrong:\n${fault}`);
  gatehouse(1, 'connect', '--client', 'nobody', '--url', URL);
}

/** Runs the command that npm has made of the package, as npx does, for somebody who has nothing on their computer yet. */
function commandIn(folder) {
  for (const name of ['home', 'project']) mkdirSync(join(folder, name));
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home') };
  const options = { cwd: join(folder, 'project'), env, encoding: 'utf8', timeout: 30_000 };
  return (code, ...args) => {
    const { status, stdout, stderr, error } = spawnSync(join(folder, 'node_modules/.bin/gatehouse'), args, options);
    if (error !== undefined) throw new Stop(`gatehouse ${args.join(' ')}: ${error.message}`);
    if (status !== code || stderr.includes('    at '))
      throw new Stop(`gatehouse ${args.join(' ')} ended with ${status} instead of ${code}:\n${stdout}${stderr}`);
    return stdout + stderr;
  };
}
