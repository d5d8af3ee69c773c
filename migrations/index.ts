import { InitialSchema20261123090000 } from './20261123090000-initial-schema.js';

/** Every migration, oldest first. Forward only; each must be safe beside the code of the release before it. */
export const MIGRATIONS = [InitialSchema20261123090000];
