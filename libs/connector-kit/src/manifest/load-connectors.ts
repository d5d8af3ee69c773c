import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Connector } from '../connector.js';
import { ConnectorRegistry } from '../connector-registry.js';
import { checkShape } from './check-shape.js';
import { compileConnector } from './compile-connector.js';
import { ManifestPlace } from './manifest-error.js';

const FILE_NAME = 'connector.yaml';
const MAX_BYTES = 1024 * 1024;

/**
 * Loads every direct subfolder of the given folders (absolute) that holds a `connector.yaml`. Data only: nothing else in them
 * is read, and nothing is run.
 *
 * @throws ManifestError naming file, place, problem and remedy; one bad manifest stops the start
 */
export function loadConnectors(dirs: readonly string[]): ConnectorRegistry {
  return new ConnectorRegistry(dirs.flatMap(manifestsIn).map(loadConnector));
}

function manifestsIn(dir: string): string[] {
  return namesIn(dir)
    .map((name) => join(dir, name, FILE_NAME))
    .filter((file) => existsSync(file))
    .toSorted();
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    throw new ManifestPlace(dir).error(
      'This folder of connectors cannot be read.',
      'Correct its path, or make it.',
      error,
    );
  }
}

/** Loads one manifest. */
export function loadConnector(file: string): Connector {
  const place = new ManifestPlace(file);
  return compileConnector(checkShape(readYaml(file, place), file), place);
}

function readYaml(file: string, place: ManifestPlace): unknown {
  const text = readFileSync(file, 'utf8');
  if (text.length > MAX_BYTES) throw place.error('The file is larger than 1 MiB.', 'Split it into several connectors.');
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw place.error(`This is not YAML: ${error.message}.`, 'Correct it.', error);
  try {
    // Aliases that refer to aliases can fill the memory from a small file.
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw place.error('Its aliases expand without end.', 'Use fewer of them.', cause);
  }
}
