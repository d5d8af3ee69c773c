import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnectors, type ConnectorRegistry } from '#app/connector-kit';

export interface ToyConnectorOptions {
  readonly id: string;
  readonly clientAuth: 'body' | 'basic';
  readonly pkce: 'S256' | 'none';
  /** What its authorization server calls itself in every answer; left out, the manifest does not say. */
  readonly issuer?: string;
  /** What a revocation at the provider ends: by RFC 7009, but for `workspace`, which is by the token alone, as at Intercom. */
  readonly revoke?: 'token' | 'user' | 'workspace';
}

/**
 * Writes manifests for the {@link OAuthDouble} into a folder of their own. Their hosts do not exist: a connection has to bring
 * the double's endpoints.
 */
export function writeToyConnectors(connectors: readonly ToyConnectorOptions[]): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-toy-'));
  for (const connector of connectors) {
    mkdirSync(join(dir, connector.id));
    writeFileSync(join(dir, connector.id, 'connector.yaml'), manifest(connector));
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The same, loaded. */
export function toyConnectors(connectors: readonly ToyConnectorOptions[]): ConnectorRegistry {
  const { dir, remove } = writeToyConnectors(connectors);
  try {
    return loadConnectors([dir]);
  } finally {
    remove();
  }
}

const revokeBlock = (scope: ToyConnectorOptions['revoke']): string =>
  scope === undefined
    ? ''
    : `    revoke: { url: 'https://api.toy.invalid/revoke', method: POST, scope: ${scope}, tokenIn: ${scope === 'workspace' ? 'header' : 'form'} }
`;

const issuerLines = (issuer: string | undefined): string =>
  issuer === undefined ? '' : `\n      issuer: ${issuer}\n      answersWithIssuer: true`;

const manifest = ({ id, clientAuth, pkce, issuer, revoke }: ToyConnectorOptions): string => `
schema: connector/v1
id: ${id}
name: Toy ${id}
version: 1.0.0
http: { baseUrl: 'https://api.toy.invalid', hosts: [toy.invalid] }
auth:
  - id: oauth
    kind: oauth2
    principal: user
    expiry: expires_in
    authorize:
      url: https://app.toy.invalid/authorize
      scopeParam: scope
      pkce: ${pkce}${issuerLines(issuer)}
    token: { url: 'https://api.toy.invalid/token', clientAuth: ${clientAuth}, encoding: form }
    scopes: { default: [things:read] }
    inject: { header: Authorization, prefix: 'Bearer ' }
    identity:
      request: { method: GET, path: /me }
      map: { id: $.id, label: $.email, tenant: $.workspace.id }
${revokeBlock(revoke)}errors:
  - { when: { status: 401 }, code: auth_revoked }
  - { when: { status: 403 }, code: forbidden_by_provider }
tools:
  ${id}_me_get:
    title: Get the user
    description: Returns the user whose account this is, with id and email.
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false }
    scopes: [things:read]
    input: { type: object, properties: {} }
    audit: { result: { id: $.id } }
    request: { method: GET, path: /me }
    output: { value: { id: $.id, email: $.email } }
`;
