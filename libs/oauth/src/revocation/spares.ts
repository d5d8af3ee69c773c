import type { RevokeSettings } from '#app/connector-kit';
import type { Spares } from './upstream-revocation.js';

/** Whose tokens they are, as far as that is known. */
export interface Owner {
  readonly principalId: string | null;
  readonly workspace: string | null;
}

/** Of tokens that were in use and are given up: whom must their revocation not hit? */
export function sparesOfGivenUp(scope: RevokeSettings['scope'], uninstall: boolean): Spares {
  if (scope === 'token') return 'nobody';
  if (scope === 'user') return 'principal';
  return uninstall ? 'other_tenants' : 'workspace';
}

/**
 * Of tokens that never came into use: a second consent of the same user may be, at the provider, the very grant that is in use.
 * So the same user's other tokens are spared even where a revocation ends one token only.
 */
export function sparesOfUnused(scope: RevokeSettings['scope'], { principalId, workspace }: Owner): Spares {
  if (scope === 'workspace') return workspace === null ? 'app' : 'workspace';
  if (principalId !== null) return 'principal';
  return scope === 'user' ? 'app' : 'account';
}
