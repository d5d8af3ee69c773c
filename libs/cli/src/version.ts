import { readFileSync } from 'node:fs';

/** The version that is installed: package.json lies above both the sources and what is compiled from them. */
export function installedVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
