import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHARED = fileURLToPath(new URL('../../../../shared', import.meta.url));

/**
 * A `describe` for tests that need material which isn't ours to commit and lies beside the project, in `../shared`.
 *
 * Without it they are skipped, with the reason printed; with `GATEHOUSE_REQUIRE_SHARED=1` (as CI sets it) they fail.
 *
 * @param relativePath file or folder below `../shared`
 * @param fn gets its absolute path
 */
export function describeWithShared(name: string, relativePath: string, fn: (path: string) => void): void {
  const path = join(SHARED, relativePath);
  if (existsSync(path)) {
    describe(name, () => fn(path));
    return;
  }
  const reason = `../shared/${relativePath} is not there`;
  if (process.env.GATEHOUSE_REQUIRE_SHARED === '1') {
    throw new Error(`${reason}, and GATEHOUSE_REQUIRE_SHARED=1 forbids skipping "${name}"`);
  }
  process.stderr.write(`Skipped "${name}": ${reason}.\n`);
  describe.skip(name, () => {
    it(`is skipped, because ${reason}`, () => undefined);
  });
}
