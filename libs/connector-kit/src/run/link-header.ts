/** The target of the first link with this relation in a Link header (RFC 8288); null when there is none. */
export function linkTarget(header: string, relation: string): string | null {
  // Longer than any link that is followed, and short enough for the expression below.
  for (const part of header.slice(0, 4000).split(',')) {
    const [, target, params] = /^\s*<([^<>]*)>\s*;(.*)$/.exec(part) ?? [];
    const relations = /(?:^|;)\s*rel\s*=\s*"?([^";]*)"?/i.exec(params ?? '')?.[1] ?? '';
    if (target !== undefined && relations.split(' ').includes(relation)) return target;
  }
  return null;
}
