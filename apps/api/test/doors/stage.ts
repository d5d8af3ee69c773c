import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '#app/kernel';
import pg from 'pg';
import { Harness, SANDBOX_SECRET, type Teammate } from '../harness.js';
import type { ClientName } from './client-name.js';

const LIST = 'intercom_conversations_list';

/** One row of the trail, but for its own id and times. */
export interface AuditRow {
  readonly type: string;
  readonly source: string;
  readonly detail: JsonObject;
}

/** Who and what the cases are about. Made once; what changes in a case is of that case alone. */
export class Stage {
  private readonly tokens: Partial<Record<ClientName, string>> = {};
  private readonly ids: Record<string, string> = {};
  private conversations: string[] = [];
  private contacts: string[] = [];

  private constructor(
    readonly gate: Harness,
    private readonly owner: pg.Client,
    readonly people: { readonly seated: readonly Teammate[]; readonly seatless: Teammate },
  ) {}

  static async start(): Promise<Stage> {
    const gate = await Harness.start({ env: { GATEHOUSE_TOOL_DEADLINE_MS: '4000' } });
    const owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    const all = await gate.teammates();
    const people = all.filter((one) => one.workspace_id === all[0]?.workspace_id);
    const seated = people.filter((one) => one.has_inbox_seat);
    const seatless = people.find((one) => !one.has_inbox_seat) as Teammate;
    const stage = new Stage(gate, owner, { seated, seatless });
    await stage.letUsersIn();
    await stage.makeClients();
    return stage;
  }

  async stop(): Promise<void> {
    await this.owner.end();
    await this.gate.stop();
  }

  /** Null for a client that sends none. */
  tokenOf(client: ClientName): string | null {
    return client === 'none' ? null : (this.tokens[client] ?? 'nonsense');
  }

  /** Of what was made under a name: an account, a connection. */
  id(name: string): string {
    const id = this.ids[name];
    if (id === undefined) throw new Error(`Nothing was made under the name ${name}`);
    return id;
  }

  /** Somebody with a seat, other than Alice. */
  get spare(): Teammate {
    return this.people.seated[1] as Teammate;
  }

  /** A conversation that no other case is about. */
  takeConversation(): string {
    return this.conversations.shift() as string;
  }

  get contact(): string {
    return this.contacts[0] as string;
  }

  connect(user: string, more: object = {}, teammate = this.people.seated[0] as Teammate): Promise<unknown> {
    return this.gate.connect(user, teammate.id, more);
  }

  async account(user: string): Promise<string> {
    return String((await this.gate.account(user))['id']);
  }

  async createAccount(identifier: string, more: object = {}): Promise<void> {
    await this.gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier, ...more });
  }

  async disconnect(user: string): Promise<void> {
    await this.gate.post(`/api/v1/connected_accounts/${await this.account(user)}:disconnect`, {});
  }

  /** What a request has left in the trail, in its order. */
  async recordsOf(requestId: string): Promise<AuditRow[]> {
    const { rows } = await this.owner.query<{ row: AuditRow }>(
      `SELECT to_jsonb(e) - '{id,occurred_at,request_id,execution_id,duration_ms}'::text[] AS row
       FROM audit_events e WHERE request_id = $1 ORDER BY id`,
      [requestId],
    );
    return rows.map(({ row }) => row);
  }

  private async letUsersIn(): Promise<void> {
    await this.connect('alice');
    await this.connect('carol', {}, this.people.seatless);
    await this.connect('gone');
    await this.disconnect('gone');
    await this.createAccount('pending');
    for (const name of ['emea', 'paused']) this.ids[name] = await this.addConnection(name);
    await this.connect('two');
    await this.connect('two', { connector: 'emea' });
    await this.connect('stopped', { connector: 'paused' });
    await this.gate.patch(`/api/v1/connections/${this.id('paused')}`, { status: 'disabled' });
    for (const user of ['alice', 'gone', 'pending']) this.ids[user] = await this.account(user);
    this.ids['intercom'] = String((await this.gate.account('alice'))['connection_id']);
    await this.readProvider();
  }

  private async readProvider(): Promise<void> {
    const read = async (tool: string, params: object): Promise<{ id: string }[]> => {
      const { data } = (await this.gate.execute(tool, 'alice', params)).json() as { data: Record<string, unknown> };
      return Object.values(data).find((value) => Array.isArray(value)) as { id: string }[];
    };
    this.conversations = (await read(LIST, { limit: 150 })).map(({ id }) => id);
    this.contacts = (await read('intercom_contacts_search', { role: 'user', name: 'a', limit: 5 })).map(({ id }) => id);
  }

  private async addConnection(name: string, token?: string): Promise<string> {
    const { gate } = this;
    const wish = {
      name,
      connector: 'intercom',
      oauth_client_id: 'sandbox-app',
      oauth_client_secret: SANDBOX_SECRET,
      endpoints: {
        authorize_url: `${gate.sandboxUrl}/oauth`,
        token_url: `${gate.sandboxUrl}/auth/eagle/token`,
        api_url: gate.sandboxUrl,
      },
    };
    const made = await gate.request('POST', '/api/v1/connections', wish, token);
    return (made.json()['connection'] as { id: string }).id;
  }

  private async makeClients(): Promise<void> {
    const { gate, tokens } = this;
    tokens.full = gate.token;
    tokens.nothing = await gate.clientWith({ permissions: ['webhooks:read'] });
    tokens.reader = await gate.clientWith({ permissions: ['tools:read', 'accounts:read', 'connections:read'] });
    tokens.narrow = await gate.clientWith({ permissions: ['tools:execute', 'tools:read'], allowed_tools: [LIST] });
    await this.endClients();
    await this.addTenants();
  }

  private async endClients(): Promise<void> {
    for (const [name, end] of [
      ['disabled', (path: string) => this.gate.patch(path, { status: 'disabled' })],
      ['rotated', (path: string) => this.gate.post(`${path}:rotate`, {})],
    ] as const) {
      const wish = { name, permissions: ['tools:read', 'tools:execute'] };
      const made = (await this.gate.post('/api/v1/clients', wish)).json();
      const { id } = made['client'] as { id: string };
      this.tokens[name] = await this.gate.tokenFor(id, String(made['client_secret']));
      await end(`/api/v1/clients/${id}`);
    }
  }

  /** Until every token of it is refused: what a node remembers of clients may be a second old. */
  private async suspend(tenant: string): Promise<void> {
    const token = this.tokenOf('suspended') ?? '';
    await this.gate.post(`/api/v1/tenants/${tenant}:suspend`, {});
    while ((await this.gate.get('/api/v1/tools', token)).status !== 401) await sleep(50);
  }

  /** One whose lists nothing else changes, and one that is suspended. */
  private async addTenants(): Promise<void> {
    const { gate } = this;
    for (const name of ['other', 'suspended'] as const) {
      const made = (await gate.post('/api/v1/tenants', { name })).json();
      const { id } = made['client'] as { id: string };
      const token = await gate.tokenFor(id, String(made['client_secret']));
      this.tokens[name] = token;
      this.ids[`${name} connection`] = await this.addConnection('intercom', token);
      for (const identifier of ['ann', 'ben', 'cleo'])
        await gate.request('POST', '/api/v1/connected_accounts', { connector: 'intercom', identifier }, token);
      if (name === 'suspended') await this.suspend((made['tenant'] as { id: string }).id);
    }
  }
}
