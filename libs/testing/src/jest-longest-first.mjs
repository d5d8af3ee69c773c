import { statSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/**
 * What takes longest, apart from each other: the first two kill and start servers and use all the processors they get, the ones
 * in between mostly wait.
 */
const LONGEST = [
  'apps/faults/test/faults.e2e-spec.ts',
  'apps/api/test/start.e2e-spec.ts',
  'apps/api/test/rpc.e2e-spec.ts',
  'apps/api/test/doors.e2e-spec.ts',
  'apps/api/test/execute.e2e-spec.ts',
  'apps/api/test/mcp.e2e-spec.ts',
  'libs/database/src/embedded/start-embedded-postgres.db-spec.ts',
  'libs/vault/src/rotation/rotation.db-spec.ts',
  'apps/api/test/canary-process.e2e-spec.ts',
  'libs/sdk/test/adapters.e2e-spec.ts',
  'apps/api/src/rest/execute/plain-call.property-spec.ts',
  'apps/api/test/browser.e2e-spec.ts',
  'libs/sdk/test/client.e2e-spec.ts',
  'apps/api/test/demo.e2e-spec.ts',
  'libs/identity/src/token.service.db-spec.ts',
  'libs/oauth/src/refresh/refresh-under-load.db-spec.ts',
];

/**
 * Begins with the files that take longest, so that none of them is left over when all others are done; of the rest with the large
 * ones. Jest would go by how long each took the last time, which a fresh clone does not know.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return tests
      .map((test) => ({ test, rank: rankOf(test.path), size: statSync(test.path).size }))
      .toSorted((one, other) => one.rank - other.rank || other.size - one.size)
      .map(({ test }) => test);
  }
}

function rankOf(path) {
  const index = LONGEST.findIndex((each) => path.endsWith(each));
  return index === -1 ? LONGEST.length : index;
}
