export interface ScopeChange {
  /** Whether the answer grants something else than before, so that what was decided on the scopes no longer holds. */
  readonly changed: boolean;
  readonly now: readonly string[];
  readonly lost: string[];
  readonly gained: string[];
}

/** Compares the scopes of a refresh answer with those granted before. Null: it does not say, so they are the same. */
export function compareScopes(before: readonly string[], answered: readonly string[] | null): ScopeChange {
  const now = answered ?? before;
  const lost = before.filter((scope) => !now.includes(scope));
  const gained = now.filter((scope) => !before.includes(scope));
  return { changed: lost.length + gained.length > 0, now, lost, gained };
}
