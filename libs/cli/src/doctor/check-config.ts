import { CliError } from '../cli-error.js';
import { SCOPES, type Client, type Scope, type Section } from '../clients/client.js';
import { readConfigFile } from '../config/config-file.js';
import { parseConfig } from '../config/edit-config.js';
import { isSection, sectionAt, urlOf } from '../config/merge-server.js';
import type { Machine } from '../machine.js';
import { isVariableName, nameFromUrl } from '../server.js';
import { fault, fine, hint, type Finding } from './finding.js';

interface Entry {
  readonly scope: Scope;
  readonly file: string;
  readonly name: string;
  readonly entry: Section;
}

/** What to look for: a URL, and the variable with the token for it where there is one. */
export interface Wanted {
  readonly url: string;
  readonly tokenEnv?: string | undefined;
}

/** Whether a client knows the URL, and whether what it knows can work. */
export function* checkConfig(client: Client, wanted: Wanted, machine: Machine): Generator<Finding> {
  const { url } = wanted;
  const entries: Entry[] = [];
  for (const scope of SCOPES)
    try {
      entries.push(...entriesIn(client, scope, client.file(scope, machine)));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      yield fault(error.message, `${client.title} can't read it either.`);
    }
  const meant = entries.filter(({ entry }) => urlOf(entry) === url);
  if (meant.length === 0) yield absent(client, wanted, entries);
  for (const each of meant) yield* checkEntry(client, each, machine);
}

function entriesIn(client: Client, scope: Scope, file: string): Entry[] {
  const servers = sectionAt(parseConfig(readConfigFile(file), client), client.serversKey);
  return Object.entries(servers).flatMap(([name, entry]) => (isSection(entry) ? [{ scope, file, name, entry }] : []));
}

function absent(client: Client, wanted: Wanted, entries: readonly Entry[]): Finding {
  const { url } = wanted;
  const name = nameFromUrl(url);
  const near = entries.find((each) => each.name === name || urlOf(each.entry)?.replace(/\/+$/, '') === url);
  const there = near === undefined ? null : urlOf(near.entry);
  const text =
    near === undefined
      ? `${client.title} does not know ${url}.`
      : `${near.name} in ${near.file} ${there === null ? 'has no URL' : `is ${there}`}, not ${url}.`;
  return fault(text, near === undefined ? toConnect(client, wanted) : `${toConnect(client, wanted, near)} --replace`);
}

function* checkEntry(client: Client, found: Entry, { env }: Machine): Generator<Finding> {
  const { file, name, entry } = found;
  const where = `${name} in ${file}`;
  const wrong = client.fault?.(entry) ?? null;
  if (wrong !== null) yield fault(`${where}: ${wrong}`, toConnect(client, { url: urlOf(entry) ?? '' }, found));
  const missing = variablesIn(entry).filter((variable) => (env[variable] ?? '') === '');
  for (const variable of missing)
    yield fault(`${where} needs ${variable}, which is not set here.`, `Set it where ${client.title} is started.`);
  if (/bearer +[\w-]{20,}/i.test(JSON.stringify(entry)))
    yield hint(`${where} has a token in it. Better keep it in a variable (--token-env).`);
  if (wrong === null && missing.length === 0) yield fine(`${client.title} knows the URL: ${where}.`);
}

/** The command that mends an entry, or makes one. It has to name the file of the entry, and would take its token out otherwise. */
function toConnect(client: Client, { url, tokenEnv }: Wanted, found?: Entry): string {
  const token = tokenEnv ?? (found === undefined ? null : tokenVariable(found.entry));
  const words = [
    '--client',
    client.id,
    '--url',
    url,
    ...(found === undefined ? [] : ['--name', found.name, '--scope', found.scope]),
    ...(token === null ? [] : ['--token-env', token]),
  ];
  return `Run: npx @gatehouse/cli connect ${words.map(quoted).join(' ')}`;
}

const quoted = (word: string): string =>
  /^[\w.:/@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The variable that an entry means to take its token from, whether or not the client understands how it says so. */
function tokenVariable({ bearer_token_env_var: known, auth_env: ignored, headers }: Section): string | null {
  const inHeader = /bearer +\$\{?(?:\w+:)?(\w+)/i.exec(JSON.stringify(headers ?? {}))?.[1];
  const named = [known, ignored, inHeader].filter((each) => typeof each === 'string');
  return named.find(isVariableName) ?? null;
}

/** What an entry takes from the environment; what is asked for when it is needed is not among it. */
function variablesIn(entry: Section): string[] {
  const named = entry['bearer_token_env_var'];
  const found = [...JSON.stringify(entry['headers'] ?? {}).matchAll(/\$\{(?:env:)?(\w+)\}/g)].map(
    ([, name = '']) => name,
  );
  return typeof named === 'string' ? [...found, named] : found;
}
