import { admission, outcome } from './admission.js';
import { keyRotation } from './key-rotation.js';
import { lostAcknowledgement } from './lost-acknowledgement.js';
import { pausedOwner } from './paused-owner.js';
import { postgres } from './postgres.js';
import { randomKills } from './random-kills.js';
import { refresh } from './refresh.js';
import { refreshKills } from './refresh-kills.js';
import { revocation } from './revocation.js';
import type { Scenario } from './scenario.js';
import { tenants } from './tenants.js';

/** In this order: what takes longest to resolve comes first. */
export const SCENARIOS: readonly Scenario[] = [
  refreshKills,
  pausedOwner,
  admission,
  outcome,
  lostAcknowledgement,
  postgres,
  randomKills,
  refresh,
  keyRotation,
  tenants,
  revocation,
];
