import { InitialSchema20261123090000 } from './20261123090000-initial-schema.js';
import { Refresh20261125101000 } from './20261125101000-refresh.js';

/** Every migration, oldest first. Forward only; each must be safe beside the code of the release before it. */
export const MIGRATIONS = [InitialSchema20261123090000, Refresh20261125101000];
