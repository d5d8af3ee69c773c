import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';

const root = projectRoot();

/**
 * Everything in the process that keeps something for later, with the code that makes its key. What a tenant's data is kept under
 * names the tenant, or something that belongs to one tenant only.
 */
const KEPT: Readonly<Record<string, string>> = {
  'libs/audit/src/append-batch.ts places': 'Map<string, number>',
  'libs/audit/src/payload-modes.ts entries': 'LRUCache<TenantId,',
  // The digest of the whole token, which was made for one user of one tenant
  'libs/identity/src/agents/agent-access.ts verified': `hash('sha256', token, 'base64')`,
  // The digest of the whole session, which names its tenant and user, and is held against those of the caller
  'libs/identity/src/agents/agent-sessions.ts verified': `hash('sha256', session, 'base64')`,
  'libs/identity/src/client-directory.ts cache': '`${tenantId}/${id}`',
  'libs/identity/src/refusal-records.ts counts': 'Map<ClientId, number>',
  // The digest of the whole token, which was made for one client of one tenant
  'libs/identity/src/token.service.ts verified': `hash('sha256', token, 'base64')`,
  'libs/oauth/src/accounts/account-resolver.ts cache': 'keyOf(tenantId, connectorId, selector)',
  'libs/oauth/src/accounts/account-resolver.ts keysOf': 'Map<AccountId, Set<string>>',
  // Flows that are being ended, by themselves
  'libs/oauth/src/connect/connect-flow.service.ts unfinished': 'Set<SpentFlow>',
  'libs/oauth/src/credentials/credential-lease.ts targets': 'WeakMap<',
  'libs/oauth/src/credentials/current-credentials.ts ciphertexts': '`${tenantId} ${id} ${version}`',
  // Counts refused attempts; holds no data
  'libs/oauth/src/record-budget.ts spent': 'Map<string, number>',
  // Connections whose provider is in trouble, by their ids; holds no data
  // The id of the connection, and the digest of what its provider signed
  'libs/oauth/src/revocation/provider-signals.ts seen': "`${connectionId} ${hash('sha256', signal.body, 'base64')}`",
  'libs/oauth/src/refresh/idle-refresh.ts troubled': 'Map<ConnectionId, Trouble>',
  'libs/oauth/src/refresh/token-refresher.ts flights': `[subject.tenantId, subject.id, subject.version, subject.generation].join(' ')`,
  'libs/tools/src/client-rate-limit.ts buckets': '`${tenantId}/${caller.clientId}`',
  'libs/tools/src/repeated-calls.ts marking': '`${execution.ctx.tenantId} ${clientOf(execution)} ${key}`',
  'libs/tools/src/repeated-calls.ts watched': 'Map<ExecutionId, Watch>',
  'libs/tools/src/reconnect-link.ts recent':
    '`${ctx.tenantId} ${account.id} ${account.version} ${account.verificationAsked} ${forAgent}`',
  // Handed out for the very data key they were derived from, which is one tenant's
  'libs/vault/src/barrier/record-key-memory.ts bySalt': 'known?.of === of ? known.keys : null',
  'libs/vault/src/barrier/record-key-memory.ts saltsOf': 'Map<object, Set<string>>',
  'libs/vault/src/keyring/keyring.ts loaded': 'LRUCache<TenantId, Map<KeyName, Loaded>>',
  'libs/vault/src/keyring/keyring.ts loading': '`${tenantId}/${name}`',
  'libs/vault/src/keyring/seal-counter.ts blocks': 'LRUCache<TenantId,',
  'libs/vault/src/keyring/seal-counter.ts taking': 'Map<TenantId, Promise<void>>',
  'libs/vault/src/nodes/node-lease.ts toLoad': 'Map<TenantId, number>',
  'libs/vault/src/rotation/key-rotation.ts running': 'Map<TenantId, Promise<number>>',
  'libs/vault/src/seal/services/transit-service.ts made': 'Set<TenantId>',
  // By tenant: the queue is shared, its order is not
  'libs/database/src/fair-queue.ts groups': 'Map<string, T[]>',
  // Of the objects of one call or one cached account
  'libs/connector-kit/src/run/run-tool.ts resolvedFor': 'WeakMap<Principal, Resolved>',
  'libs/connector-kit/src/endpoints/endpoints.ts partsOfBase': 'WeakMap<URL, UrlParts>',
  // Of no tenant: names of fields and headers, days, connectors, requests that run
  'libs/audit/src/scrub-detail.ts judged': 'Map<string, boolean>',
  'libs/connector-kit/src/template/iso-time.ts days': 'Map<number, string>',
  // Of connectors, which all tenants share
  'apps/api/src/mcp/tools/tool-offer.ts compiled': 'WeakMap<Connector,',
  'libs/tools/src/toolsets/tool-digest.ts known': 'WeakMap<ToolDefinition,',
  'apps/api/src/mcp/tools/tool-offers.ts connectors': '`${tenantId} ${id}`',
  'libs/connector-kit/src/connector-registry.ts connectors': 'Map<string, Connector>',
  'libs/connector-kit/src/connector-registry.ts tools': 'Map<string, {',
  'libs/egress/src/render-request.ts checkedNames': 'Map<string, string>',
  // Counts registrations of an address; holds no data
  'apps/api/src/mcp/auth/oauth/registration-limit.ts recent': 'LRUCache<string, { count: number }>',
  // Answers to come, and connections that are open
  'apps/api/src/drain.ts unanswered': 'Bag<ServerResponse>',
  'apps/api/src/listener/http2-sessions.ts open': 'Set<Http2Session>',
  'apps/api/src/listener/undecided-connections.ts sockets': 'Set<Socket>',
  'apps/api/src/rest/connect/captured-response.ts headers': 'Map<string, string>',
  'apps/api/src/rest/provider-signals/provider-signals.route.ts running': 'Set<Promise<unknown>>',
  'apps/api/src/jobs/maintenance-jobs.ts running': 'Set<Promise<void>>',
  // Ids of signing keys, which are the installation's
  'apps/api/src/watched-keys.ts broken': 'Set<string>',
  'apps/api/src/rpc/rpc-server.ts handlers': 'new Map(handlers.map',
};

/** A field of a class, a constant of a module or an assignment to a field that is filled while the process runs. */
const KEEPER =
  /^(?:  private (?:readonly )?|const |    this\.)(\w+)(?:: [^=\n]+)? = new (?:LRUCache|WeakMap|Map|Set|Bag)\b(?!\(\[)/gm;

/** Of the server: what runs in its callers' processes, and the packages that its tests need, are none of it. */
function keepers(): string[] {
  return ['libs', 'apps/api/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/spec\.ts$|(^|\/)test\/|^(testing|sdk)\//.test(file))
      .flatMap((file) => {
        const path = `${folder}/${file}`;
        return [...readFileSync(join(root, path), 'utf8').matchAll(KEEPER)].map(([, name]) => `${path} ${name}`);
      }),
  );
}

describe('T3 what the process keeps', () => {
  it('T3 is listed, each with its key', () => {
    expect(keepers().toSorted()).toEqual(Object.keys(KEPT).toSorted());
  });

  it.each(Object.entries(KEPT))('T3 %s is kept under the key that the list says', (place, key) => {
    const [path = ''] = place.split(' ');
    expect(readFileSync(join(root, path), 'utf8')).toContain(key);
  });
});
