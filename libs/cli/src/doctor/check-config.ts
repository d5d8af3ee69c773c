import { CliError } from '../cli-error.js';
import { SCOPES, type Client, type Section } from '../clients/client.js';
import { readConfigFile } from '../config/config-file.js';
import { parseConfig } from '../config/edit-config.js';
import { isSection, sectionAt, urlOf } from '../config/merge-server.js';
import type { Machine } from '../machine.js';
import { nameFromUrl } from '../server.js';
import { fault, fine, hint, type Finding } from './finding.js';

interface Entry {
  readonly file: string;
  readonly name: string;
  readonly entry: Section;
}

/** Whether a client knows the URL, and whether what it knows can work. */
export function* checkConfig(client: Client, url: string, machine: Machine): Generator<Finding> {
  const entries: Entry[] = [];
  for (const scope of SCOPES)
    try {
      entries.push(...entriesIn(client, client.file(scope, machine)));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      yield fault(error.message, `${client.title} can't read it either.`);
    }
  const meant = entries.filter(({ entry }) => urlOf(entry) === url);
  if (meant.length === 0) yield absent(client, url, entries);
  for (const each of meant) yield* checkEntry(client, each, machine);
}

function entriesIn(client: Client, file: string): Entry[] {
  const servers = sectionAt(parseConfig(readConfigFile(file), client), client.serversKey);
  return Object.entries(servers).flatMap(([name, entry]) => (isSection(entry) ? [{ file, name, entry }] : []));
}

function absent(client: Client, url: string, entries: readonly Entry[]): Finding {
  const name = nameFromUrl(url);
  const near = entries.find((each) => each.name === name || urlOf(each.entry)?.replace(/\/+$/, '') === url);
  const there = near === undefined ? null : urlOf(near.entry);
  const text =
    near === undefined
      ? `${client.title} does not know ${url}.`
      : `${near.name} in ${near.file} ${there === null ? 'has no URL' : `is ${there}`}, not ${url}.`;
  const replace = near === undefined ? '' : ` --name ${near.name} --replace`;
  return fault(text, `Run: gatehouse connect --client ${client.id} --url ${url}${replace}`);
}

function* checkEntry(client: Client, { file, name, entry }: Entry, { env }: Machine): Generator<Finding> {
  const where = `${name} in ${file}`;
  const wrong = client.fault?.(entry) ?? null;
  if (wrong !== null)
    yield fault(
      `${where}: ${wrong}`,
      `Run: gatehouse connect --client ${client.id} --url ${urlOf(entry)} --name ${name}`,
    );
  const missing = variablesIn(entry).filter((variable) => (env[variable] ?? '') === '');
  for (const variable of missing)
    yield fault(`${where} needs ${variable}, which is not set here.`, `Set it where ${client.title} is started.`);
  if (/bearer +[\w-]{20,}/i.test(JSON.stringify(entry)))
    yield hint(`${where} has a token in it. Better keep it in a variable (--token-env).`);
  if (wrong === null && missing.length === 0) yield fine(`${client.title} knows the URL: ${where}.`);
}

/** What an entry takes from the environment; what is asked for when it is needed is not among it. */
function variablesIn(entry: Section): string[] {
  const named = entry['bearer_token_env_var'];
  const found = [...JSON.stringify(entry['headers'] ?? {}).matchAll(/\$\{(?:env:)?(\w+)\}/g)].map(
    ([, name = '']) => name,
  );
  return typeof named === 'string' ? [...found, named] : found;
}
