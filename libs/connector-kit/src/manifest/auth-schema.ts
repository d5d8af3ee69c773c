import { closed, listOf, mapOf, text, url } from './schema-words.js';
import { requestSchema } from './tool-schema.js';

const constants = mapOf({ type: 'string' }, '^[A-Za-z0-9_.-]+$');
const condition = { type: 'object', minProperties: 1 };
const projections = mapOf(text, '^[a-z][a-z0-9_]*$');
const tokenMap = closed({ access_token: text, refresh_token: text, expires_in: text, scope: text });

const refresh = closed(
  {
    url,
    rotates: { type: 'boolean' },
    graceSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
    endsAccessToken: { type: 'boolean' },
    idleDays: { type: 'integer', minimum: 1, maximum: 730 },
    scopeParam: text,
    extra: constants,
    headers: constants,
    map: tokenMap,
    errors: listOf(
      closed({ when: condition, means: { enum: ['dead_grant', 'app_refused', 'outage'] } }, ['when', 'means']),
    ),
  },
  ['rotates'],
);

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
        issuer: url,
        answersWithIssuer: { type: 'boolean' },
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
        map: tokenMap,
        capture: projections,
      },
      ['url', 'clientAuth', 'encoding'],
    ),
    refresh,
    scopes: closed({ default: listOf(text), base: listOf(text) }, ['default']),
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
    signals: closed(
      {
        signature: closed({ algorithm: { enum: ['sha1', 'sha256'] }, header: text, prefix: { type: 'string' } }, [
          'algorithm',
          'header',
        ]),
        workspace: text,
      },
      [],
    ),
    revoke: closed(
      {
        url,
        method: { enum: ['POST', 'DELETE'] },
        scope: { enum: ['token', 'user', 'workspace'] },
        tokenIn: { enum: ['header', 'form'] },
        tokens: { enum: ['access', 'refresh', 'both'] },
        clientAuth: { enum: ['body', 'basic', 'none'] },
        headers: constants,
      },
      ['url', 'method', 'scope', 'tokenIn'],
    ),
  },
  ['id', 'kind', 'principal', 'expiry', 'authorize', 'token', 'inject', 'identity'],
);
