/** The path of a URL of this door, taken apart. */
export interface ResourcePath {
  readonly kind: 'connection' | 'toolset';
  /** Of the connection or toolset, decoded. */
  readonly name: string;
  /** The path up to the name, spelt as we spell it. */
  readonly base: string;
  /** What tightens it: empty, `/readonly`, `/x/{tool-set}` or both. */
  readonly suffix: string;
  readonly readOnly: boolean;
  readonly toolSet: string | null;
}

/** First parts of other URLs of this server: a connection of such a name is reached by its id. */
const RESERVED = new Set([
  'api',
  'connect',
  'health',
  'keys',
  'mcp',
  'metrics',
  'oauth',
  'oauth2',
  'proxy',
  'webhooks',
  '.well-known',
]);

const PATH = /^\/(mcp\/)?([^/]+)(?:\/x\/([A-Za-z0-9_-]{1,64}))?(\/readonly)?$/;

/** Null for a path that can't be one of this door. A query is no part of it. */
export function readResourcePath(path: string): ResourcePath | null {
  const [, toolset, encoded = '', toolSet = null, readonly = ''] = PATH.exec(path) ?? [];
  const name = decoded(encoded);
  if (name === null || (toolset === undefined && RESERVED.has(name))) return null;
  return {
    kind: toolset === undefined ? 'connection' : 'toolset',
    name,
    base: `/${toolset ?? ''}${encodeURIComponent(name)}`,
    suffix: `${toolSet === null ? '' : `/x/${toolSet}`}${readonly}`,
    readOnly: readonly !== '',
    toolSet,
  };
}

/** Nothing can have a NUL in its name: the database can't even be asked for one. */
function decoded(text: string): string | null {
  try {
    return text === '' || text.includes('%00') ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}
