import type { ManifestPlace } from '../manifest/manifest-error.js';
import { splitText } from '../template/compile-template.js';
import type { Scope } from '../template/scope.js';
import { UnusableValue } from '../template/unusable-value.js';
import type { Variables } from '../template/variables.js';

/** A path template, compiled. */
export interface PathPlan {
  /** @throws UnusableValue when a value would change which resource the path names */
  render(scope: Scope): string;
  /** Matches other paths of the same shape, with a plain id where the template has a variable. */
  readonly shape: RegExp;
}

type PathPart = ReturnType<typeof splitText>[number];

const LITERAL_PATH = /^\/(?:[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*)?$/;

/**
 * Compiles a path. A variable fills a whole segment and is percent-encoded, always; it must be there on every call, since a
 * missing one would name another resource.
 */
export function compilePath(raw: string, variables: Variables, place: ManifestPlace): PathPlan {
  const segments = raw
    .split('/')
    .slice(1)
    .map((segment) => compileSegment(segment, variables, place));
  const outline = raw.replace(/\$\{[^}]*\}/g, 'x');
  if (!LITERAL_PATH.test(outline) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(outline)) {
    throw place.error(`“${raw}” is not a path.`, 'Begin with “/”, use plain segments, and put parameters into query.');
  }
  return {
    render: (scope) =>
      segments.map((segment) => `/${typeof segment === 'string' ? segment : fill(segment, scope)}`).join(''),
    shape: new RegExp(`^${segments.map(shapeOf).join('')}$`),
  };
}

function compileSegment(segment: string, variables: Variables, place: ManifestPlace): PathPart {
  const parts = splitText(segment, variables, place);
  const [part] = parts;
  if (parts.length > 1) {
    throw place.error(`The segment “${segment}” mixes text and a variable.`, 'Give the variable a segment of its own.');
  }
  if (part === undefined || typeof part === 'string') return part ?? '';
  if (!part.always) {
    throw place.error(`“${part.variable}” may be absent.`, 'Make it a required argument, or give it a default.');
  }
  return part;
}

function fill(part: Exclude<PathPart, string>, scope: Scope): string {
  const value = part.render(scope);
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  // URL parsers resolve dot segments even when they are percent-encoded, so no encoding makes these safe.
  if (/^\.{0,2}$/.test(text) || /[\uD800-\uDFFF]/u.test(text)) {
    throw new UnusableValue('cannot be used as an id', part.variable);
  }
  return encodeURIComponent(text);
}

function shapeOf(segment: PathPart): string {
  return `/${typeof segment === 'string' ? segment.replace(/[.]/g, '\\.') : '[A-Za-z0-9_-]{1,128}'}`;
}
