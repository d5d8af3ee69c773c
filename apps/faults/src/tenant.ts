import type { ApiAnswer } from './api-client.js';
import type { CallRecord } from './client-log.js';
import type { Cluster } from './cluster.js';
import type { NodeProcess } from './node-process.js';
import { CONNECTORS, type ProviderKind } from './provider.js';

/** One end user's account, named alike by the tenant and at the provider, so that an answer says whose it is. */
export interface Account {
  readonly identifier: string;
  readonly id: string;
  readonly provider: ProviderKind;
}

const KINDS: readonly ProviderKind[] = ['strict', 'grace'];
const HOPS = 8;

/** A tenant's back end: connects users, calls tools as them, and takes the right to do so away. */
export class Tenant {
  private calls = 0;
  private readonly connectionIds = new Map<ProviderKind, string>();

  private constructor(
    private readonly cluster: Cluster,
    readonly token: string,
    private readonly name: string,
  ) {}

  static async open(cluster: Cluster, client: { id: string; secret: string }, name = 'call'): Promise<Tenant> {
    const tenant = new Tenant(cluster, await tokenFor(cluster, client), name);
    for (const kind of KINDS) await tenant.makeConnection(kind);
    return tenant;
  }

  /** The same tenant, by another of its clients. */
  async as(client: { id: string; secret: string }, name: string): Promise<Tenant> {
    const tenant = new Tenant(this.cluster, await tokenFor(this.cluster, client), name);
    for (const [kind, id] of this.connectionIds) tenant.connectionIds.set(kind, id);
    return tenant;
  }

  connectionId(kind: ProviderKind): string {
    return this.connectionIds.get(kind) ?? '';
  }

  /** Connects an end user as their browser would. An account that was connected before is connected anew. */
  async connect(identifier: string, provider: ProviderKind): Promise<Account> {
    const { api, nodes } = this.cluster;
    // The one that has the public name, where the links lead.
    const base = nodes[0]?.url ?? '';
    const connector = CONNECTORS[provider];
    const made = await this.ask(`${base}/api/v1/connected_accounts/magic_link`, { connector, identifier });
    await this.visit(String(made.body['link']), identifier, provider);
    const query = `connector=${connector}&identifier=${encodeURIComponent(identifier)}`;
    const { body } = await api.must(`${base}/api/v1/connected_accounts/details?${query}`, { token: this.token });
    const account = body['connected_account'] as { id: string; status: string };
    if (account.status !== 'ACTIVE') throw new Error(`${identifier} is ${account.status} after the consent`);
    return { identifier, id: account.id, provider };
  }

  /** One call, with a name that is found again at the provider and in the trail. */
  async call(account: Account, node: NodeProcess = this.cluster.anyNode, note = ''): Promise<CallRecord> {
    const { log, api } = this.cluster;
    this.calls += 1;
    const name = `${this.name}-${this.calls}${note === '' ? '' : `-${note}`}`;
    const startedAt = log.now();
    const answer = await api.ask(`${node.url}/api/v1/execute_tool`, {
      token: this.token,
      json: {
        tool_name: `${CONNECTORS[account.provider]}_thing_create`,
        identifier: account.identifier,
        connector: CONNECTORS[account.provider],
        params: { name },
      },
    });
    const record = { name, account: account.identifier, node: node.name, startedAt, endedAt: log.now() };
    return log.add({ ...record, ...outcomeOf(answer) });
  }

  /** A change of state that must succeed. */
  ask(url: string, json: unknown, method: 'POST' | 'PATCH' = 'POST'): Promise<ApiAnswer> {
    return this.cluster.api.must(url, { token: this.token, json, method });
  }

  async status(account: Account): Promise<string> {
    const url = `${this.cluster.anyNode.url}/api/v1/connected_accounts/${account.id}`;
    const { body } = await this.cluster.api.must(url, { token: this.token });
    return (body['connected_account'] as { status: string }).status;
  }

  private async makeConnection(kind: ProviderKind): Promise<void> {
    const provider = this.cluster.providers[kind];
    const { authorizeUrl, tokenUrl, apiUrl, revokeUrl } = provider.endpoints;
    const { body } = await this.ask(`${this.cluster.anyNode.url}/api/v1/connections`, {
      name: CONNECTORS[kind],
      connector: CONNECTORS[kind],
      oauth_client_id: provider.options.clientId,
      oauth_client_secret: provider.options.clientSecret,
      endpoints: { authorize_url: authorizeUrl, token_url: tokenUrl, api_url: apiUrl, revoke_url: revokeUrl },
    });
    this.connectionIds.set(kind, (body['connection'] as { id: string }).id);
  }

  /** Follows the link to its end: our pages, the provider's consent (given at once), our callback. */
  private async visit(link: string, user: string, provider: ProviderKind): Promise<void> {
    const { api, providers } = this.cluster;
    const consentPage = providers[provider].endpoints.authorizeUrl;
    let cookies = '';
    let next: string | null = link;
    for (let hop = 0; next !== null && hop < HOPS; hop += 1) {
      if (next.startsWith(consentPage)) {
        next = providers[provider].authorize(new URL(`${next}&login_hint=${encodeURIComponent(user)}`)).href;
        continue;
      }
      let answer = await api.must(next, { cookies });
      cookies = [cookies, answer.cookies].filter((text) => text !== '').join('; ');
      const proof = /name="proof" value="([^"]+)"/.exec(answer.text)?.[1];
      if (proof !== undefined) answer = await api.must(next, { cookies, form: { proof, decision: 'continue' } });
      next = targetOf(answer);
    }
  }
}

async function tokenFor(cluster: Cluster, client: { id: string; secret: string }): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret };
  const { body } = await cluster.api.must(`${cluster.anyNode.url}/oauth/token`, { form });
  return String(body['access_token']);
}

/** Where a page leads: a redirect, or a refresh that the browser does by itself. */
function targetOf({ location, text }: ApiAnswer): string | null {
  const refresh = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(text)?.[1];
  return location ?? refresh?.replaceAll('&amp;', '&') ?? null;
}

function outcomeOf({ status, body }: ApiAnswer): Pick<CallRecord, 'status' | 'code' | 'executionId' | 'user'> {
  const data = body['data'] as { user?: unknown } | undefined;
  return {
    status,
    code: textOrNull(body['code']),
    executionId: textOrNull(body['execution_id']),
    user: textOrNull(data?.user),
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
