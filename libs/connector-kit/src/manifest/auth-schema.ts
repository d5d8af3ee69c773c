import { closed, listOf, mapOf, text, url } from './schema-words.js';
import { requestSchema } from './tool-schema.js';

const constants = mapOf({ type: 'string' }, '^[A-Za-z0-9_.-]+$');
const projections = mapOf(text, '^[a-z][a-z0-9_]*$');

/** One entry of `auth`. */
export const authSchema = closed(
  {
    id: text,
    kind: { const: 'oauth2' },
    principal: { enum: ['user', 'bot', 'workspace'] },
    expiry: { enum: ['never', 'expires_in', 'on_401'] },
    authorize: closed(
      {
        url,
        hosts: listOf(text),
        params: constants,
        scopeParam: text,
        scopeSeparator: text,
        pkce: { enum: ['S256', 'none'] },
      },
      ['url', 'pkce'],
    ),
    token: closed(
      {
        url,
        clientAuth: { enum: ['body', 'basic'] },
        encoding: { enum: ['form', 'json'] },
        extra: constants,
        headers: constants,
        map: closed({ access_token: text, refresh_token: text, expires_in: text, scope: text }),
        capture: projections,
      },
      ['url', 'clientAuth', 'encoding'],
    ),
    scopes: closed({ default: listOf(text) }, ['default']),
    inject: closed({ header: { type: 'string', pattern: '^[A-Za-z0-9-]+$' }, prefix: { type: 'string' } }, [
      'header',
      'prefix',
    ]),
    identity: closed(
      {
        request: requestSchema,
        map: closed({ id: text, label: text, tenant: text }, ['id']),
        facts: mapOf({}, '^[a-z][a-z0-9_]*$'),
        params: projections,
      },
      ['request', 'map'],
    ),
    revoke: closed(
      {
        url,
        method: { enum: ['POST', 'DELETE'] },
        scope: { enum: ['token', 'workspace'] },
        tokenIn: { enum: ['header', 'form'] },
        headers: constants,
      },
      ['url', 'method', 'scope', 'tokenIn'],
    ),
  },
  ['id', 'kind', 'principal', 'expiry', 'authorize', 'token', 'inject', 'identity'],
);
