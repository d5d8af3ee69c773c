/**
 * The names a template may use, known when the manifest is loaded. A leaf says whether the value is there on every call
 * (`always`), only on some (`maybe`), or has an inside that isn't known (`open`).
 */
export type Variables = { readonly [name: string]: Variables | Presence };
export type Presence = 'always' | 'maybe' | 'open';

/** How surely a path is there, or null when no such variable exists. */
export function presenceOf(variables: Variables, path: readonly string[]): Presence | null {
  let node: Variables | Presence = variables;
  for (const name of path) {
    if (node === 'open') return 'open';
    const next: Variables | Presence | undefined =
      typeof node !== 'string' && Object.hasOwn(node, name) ? node[name] : undefined;
    if (next === undefined) return null;
    node = next;
  }
  return typeof node === 'string' ? node : 'always';
}

/** All full names, for the message that follows a wrong one. */
export function namesOf(variables: Variables, prefix = ''): string[] {
  return Object.entries(variables).flatMap(([name, node]) =>
    typeof node === 'string' ? [prefix + name] : namesOf(node, `${prefix}${name}.`),
  );
}
