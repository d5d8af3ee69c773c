import { CliError } from '../cli-error.js';
import type { Client, Section } from '../clients/client.js';
import type { Server } from '../server.js';

export interface Merge {
  readonly client: Client;
  readonly server: Server;
  /** Whether an entry of the same name may be given another URL. */
  readonly replace: boolean;
}

/** What a configuration comes to when it knows the server. Nothing else of it changes. */
export function mergeServer(config: Section, { client, server, replace }: Merge): Section {
  const servers = sectionAt(config, client.serversKey);
  const existing = Object.hasOwn(servers, server.name) ? servers[server.name] : undefined;
  if (existing !== undefined && !replace) refuseAnother(existing, server);
  const kept = replace && urlOf(existing) !== server.url ? {} : own(existing);
  const entry = mergeEntry(kept, client, server);
  const merged = { ...config, [client.serversKey]: { ...servers, [server.name]: entry } };
  return withBesides(merged, client, server);
}

/** The URL of an entry, by whatever name some client has known it; null when it has none. */
export function urlOf(entry: unknown): string | null {
  const { url, httpUrl, serverUrl } = own(entry);
  const found = url ?? httpUrl ?? serverUrl;
  return typeof found === 'string' ? found : null;
}

function refuseAnother(existing: unknown, { name, url }: Server): void {
  const there = urlOf(existing);
  if (there === url) return;
  throw new CliError(
    `There is a server "${name}" already, ${there === null ? 'which has no URL' : `at ${there}`}. Give this one another name ` +
      '(--name), or overwrite that one (--replace).',
  );
}

/** What a person added to an entry stays; the token that it was sent with before does not. */
function mergeEntry(existing: Section, client: Client, server: Server): Section {
  const { headers: wanted = {}, ...entry } = client.entry(server) as Section & { headers?: Section };
  const others = Object.entries(existing).filter(([key]) => !client.ownKeys.includes(key) && key !== 'headers');
  const kept = Object.entries(own(existing['headers'])).filter(([name]) => !/^authorization$/i.test(name));
  const headers = { ...Object.fromEntries(kept), ...wanted };
  return { ...entry, ...Object.fromEntries(others), ...(Object.keys(headers).length === 0 ? {} : { headers }) };
}

function withBesides(config: Section, client: Client, server: Server): Section {
  const besides = client.besides?.(server) ?? null;
  if (besides === null) return config;
  const list = config[besides.key] ?? [];
  if (!Array.isArray(list)) throw new CliError(`"${besides.key}" is not a list, as it should be. Mend that first.`);
  if (list.some((each) => own(each)['id'] === besides.id)) return config;
  return { ...config, [besides.key]: [...(list as unknown[]), besides.value] };
}

export function sectionAt(config: Section, key: string): Section {
  if (!Object.hasOwn(config, key)) return {};
  if (!isSection(config[key]))
    throw new CliError(`"${key}" does not hold servers by name, as it should. Mend that first.`);
  return config[key];
}

export const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (value: unknown): Section => (isSection(value) ? value : {});
