import { same } from './same.js';
import { CliError } from '../cli-error.js';
import type { Client, Section } from '../clients/client.js';
import type { ConfigFile } from './config-file.js';
import type { ConfigFormat } from './config-format.js';
import { jsonFormat } from './json-format.js';
import { isSection, mergeServer, type Merge } from './merge-server.js';
import { tomlFormat } from './toml-format.js';

const BOM = '\uFEFF';

export const formatOf = ({ format }: Client): ConfigFormat => (format === 'json' ? jsonFormat : tomlFormat);

/** The text of a configuration file with the server in it; null when it is there already. */
export function withServer(file: ConfigFile, merge: Merge): string | null {
  const format = formatOf(merge.client);
  const bom = file.text?.startsWith(BOM) === true ? BOM : '';
  const text = (file.text ?? '').slice(bom.length);
  const before = parseConfig(file, merge.client);
  const after = explained(file, () => mergeServer(before, merge));
  if (same(before, after)) return null;
  if (text.trim() === '') return bom + format.write(after);
  const edited = format.edit(text, before, after);
  if (!says(format, edited, after))
    throw new CliError(
      `${file.path} is written in a way that can't be changed without risk (the same key twice, perhaps). Nothing was changed: ` +
        'add what --print shows by hand.',
    );
  return bom + edited;
}

export function parseConfig(file: ConfigFile, client: Client): Section {
  const text = (file.text ?? '').replace(BOM, '');
  if (text.trim() === '') return {};
  const config = parsed(file, () => formatOf(client).parse(text));
  if (isSection(config)) return config;
  throw new CliError(`${file.path} does not hold an object, as it should. Nothing was changed.`);
}

function parsed(file: ConfigFile, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new CliError(
      `${file.path} can't be understood (${reason}). Nothing was changed: mend the file, then try again.`,
    );
  }
}

function explained<T>(file: ConfigFile, merge: () => T): T {
  try {
    return merge();
  } catch (error) {
    throw error instanceof CliError ? new CliError(`${file.path}: ${error.message}`) : error;
  }
}

function says(format: ConfigFormat, text: string, config: Section): boolean {
  try {
    return same(format.parse(text), config);
  } catch {
    return false;
  }
}
