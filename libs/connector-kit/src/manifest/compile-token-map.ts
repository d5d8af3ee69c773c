import type { TokenMap } from '../connector.js';
import type { JsonPath } from '../json/json-path.js';
import { pathOf } from '../projection/compile-projection.js';
import type { ManifestPlace } from './manifest-error.js';

/** Compiles `map`: where an answer of a token endpoint keeps what; RFC 6749's names where it does not say. */
export function compileTokenMap(map: Readonly<Record<string, string>>, place: ManifestPlace): TokenMap {
  const path = (name: string): JsonPath => pathOf(map[name] ?? `$.${name}`, place.at(name));
  return {
    accessToken: path('access_token'),
    refreshToken: path('refresh_token'),
    expiresIn: path('expires_in'),
    scope: path('scope'),
  };
}
