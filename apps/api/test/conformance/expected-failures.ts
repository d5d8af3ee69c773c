import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';
import { parse } from 'yaml';

export const BASELINE = join(projectRoot(), 'conformance/expected-failures-2025-11-25.yml');

/** Names of the scenarios that may be wrong, sorted. */
export function expectedFailures(): string[] {
  const { server } = parse(readFileSync(BASELINE, 'utf8')) as { server: string[] };
  return server.toSorted();
}
