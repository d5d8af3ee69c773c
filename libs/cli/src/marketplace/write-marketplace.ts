import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliError } from '../cli-error.js';
import type { Machine } from '../machine.js';
import { nameFromUrl } from '../server.js';
import { problemOfUrl } from '../server-url.js';
import { marketplaceFiles } from './marketplace-files.js';

export interface MarketplaceOptions {
  readonly url: readonly string[];
  readonly out: string;
  readonly name: string;
  readonly owner?: string | undefined;
  readonly pluginVersion: string;
}

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const VERSION = /^\d+\.\d+\.\d+$/;

/** Writes the folder of a marketplace, to be put into a repository; once more to change it. */
export function writeMarketplace(options: MarketplaceOptions, machine: Machine): void {
  const { url: urls, name, pluginVersion: version } = options;
  const problem = urls.map(problemOfUrl).find((each) => each !== null);
  if (problem !== undefined) throw new CliError(problem);
  if (!KEBAB.test(name)) throw new CliError('The name of a marketplace has small letters, digits and single "-".');
  if (!VERSION.test(version)) throw new CliError('A version looks like 1.0.0.');
  const servers = urls.map((url) => ({ name: pluginName(url), url }));
  if (new Set(servers.map((each) => each.name)).size < servers.length)
    throw new CliError(
      'Two of the URLs would make plugins of the same name. Make a marketplace of its own for one of them.',
    );
  const owner = options.owner ?? new URL(urls[0] ?? '').host;
  const folder = resolve(machine.project, options.out);
  refuseForeign(folder);
  put(folder, marketplaceFiles({ name, owner, version }, servers));
  const [first] = servers;
  machine.tell(
    `The marketplace is in ${folder}. Check it with \`claude plugin validate ${folder}\` and put it into a repository. Then people run\n` +
      `  claude plugin marketplace add OWNER/REPOSITORY\n  claude plugin install ${first?.name}@${name}\n`,
  );
}

/** Plugins are named in kebab case only. */
const pluginName = (url: string): string => nameFromUrl(url).toLowerCase().replaceAll(/[-_]+/g, '-').replace(/-$/, '');

function refuseForeign(folder: string): void {
  if (!existsSync(folder) || existsSync(join(folder, '.claude-plugin', 'marketplace.json'))) return;
  const others = readdirSync(folder).filter((name) => !/^(\.git|README\.md|LICENSE)$/.test(name));
  if (others.length > 0)
    throw new CliError(
      `${folder} has other files (${others[0]}) and no marketplace. Name a folder of its own with --out.`,
    );
}

function put(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
