import type { Clock } from '#app/kernel';
import type { RateLimit } from './api/rate-limit.js';
import type { FaultList } from './control/fault-list.js';
import type { RequestLog } from './control/request-log.js';
import type { Grants } from './oauth/grants.js';
import type { SandboxOptions } from './sandbox-options.js';
import type { StateFile } from './store/state-file.js';
import type { Store } from './store/store.js';

/** What the routes of the sandbox share. */
export interface SandboxContext {
  readonly options: SandboxOptions;
  readonly clock: Clock;
  readonly store: Store;
  readonly stateFile: StateFile;
  readonly grants: Grants;
  readonly log: RequestLog;
  readonly faults: FaultList;
  readonly rateLimit: RateLimit;
}
