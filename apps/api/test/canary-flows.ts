import { setTimeout as sleep } from 'node:timers/promises';
import { RotatingProvider, writeRotorConnectors } from '#app/testing';
import { Browser, send, type Answer, type Call } from '../../demo/src/http.js';
import { CanaryDoors, written } from './canary-doors.js';
import { takeHeapSnapshot, OPEN_TO_INSPECTION } from './heap-snapshot.js';
import { ServerProcess, temporaryFolder } from './server-process.js';
import { WireTap } from './wire-tap.js';

/** Secrets that we choose. All others are written down where they pass. */
const OURS = {
  'bootstrap secret': 'canary-of-the-bootstrap-client/4+7=11',
  'master key': Buffer.from('canary-of-the-master-key-32bytes').toString('base64'),
  'client secret': 'canary-of-the-oauth-app-before-it-is-replaced',
  'second client secret': 'canary-of-the-oauth-app-after-it-was-replaced',
} as const;

/**
 * The shipped server with marked secrets, on a data folder of its own, and every flow that touches a secret: success and every
 * error. Keeps what was answered, headers included.
 */
export class CanaryFlows {
  /** By what they are. Those that an answer is meant to hold (a new client's secret) are shown in answers that aren't kept. */
  readonly secrets: Record<string, string> = { ...OURS };
  readonly answers: string[] = [];
  /** What came of the calls at each door. */
  readonly outcomes = new Set<string>();
  private readonly doors: CanaryDoors;
  private token = '';
  private connectionId = '';
  private readonly visited: string[] = [];

  private constructor(
    readonly server: ServerProcess,
    readonly dataDir: string,
    private readonly provider: RotatingProvider,
    private readonly tap: WireTap,
    private readonly cleanUp: () => Promise<void>,
  ) {
    this.doors = new CanaryDoors(server, {
      answer: (what, text) => {
        this.outcomes.add(what);
        this.answers.push(text);
      },
      secret: (name, text) => void (this.secrets[name] = text),
    });
  }

  static async start(): Promise<CanaryFlows> {
    const folder = await temporaryFolder();
    const connectors = writeRotorConnectors();
    const provider = await RotatingProvider.start({ clientSecret: OURS['client secret'] });
    const tap = await WireTap.start(provider.url);
    const server = await ServerProcess.start(
      folder.path,
      {
        LOG_LEVEL: 'trace',
        GATEHOUSE_MASTER_KEY: OURS['master key'],
        GATEHOUSE_BOOTSTRAP_CLIENT_ID: 'skc_canaryclient',
        GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: OURS['bootstrap secret'],
        GATEHOUSE_CONNECTORS_DIR: connectors.dir,
        GATEHOUSE_EGRESS_ALLOW: tap.host,
        GATEHOUSE_TOOL_DEADLINE_MS: '1500',
      },
      OPEN_TO_INSPECTION,
    );
    const cleanUp = async (): Promise<void> => {
      connectors.remove();
      await server.end('SIGKILL');
      await tap.stop();
      await provider.stop();
      await folder.remove();
    };
    return new CanaryFlows(server, folder.path, provider, tap, cleanUp);
  }

  stop(): Promise<void> {
    return this.cleanUp();
  }

  async run(): Promise<void> {
    await this.clients();
    await this.connections();
    await this.connecting();
    await this.calling();
    await this.callingElsewhere();
    await this.refreshing();
    await this.verifying();
    await this.telling();
    await this.rotating();
    await this.revoking();
    await this.shredding();
    await this.reading();
    this.collect();
  }

  /** What the process still holds of all that. */
  heap(): Promise<Buffer> {
    return takeHeapSnapshot(this.server);
  }

  private async clients(): Promise<void> {
    const credentials = { grant_type: 'client_credentials', client_id: 'skc_canaryclient' };
    const form = { ...credentials, client_secret: OURS['bootstrap secret'] };
    this.token = await this.tokenFor(credentials.client_id, form.client_secret);
    await this.keep('/oauth/token', {
      method: 'POST',
      form: { ...credentials, client_secret: `${form.client_secret}x` },
    });
    const made = (await this.api('POST', '/api/v1/clients', { name: 'canary', permissions: ['tools:read'] })).json();
    this.secrets['secret of a made client'] = String(made['client_secret']);
    const { id } = made['client'] as { id: string };
    const rotated = (await this.api('POST', `/api/v1/clients/${id}:rotate`)).json();
    this.secrets['secret of a rotated client'] = String(rotated['client_secret']);
    await this.keepApi('PATCH', `/api/v1/clients/${id}`, { status: 'disabled' });
  }

  private async tokenFor(id: string, secret: string): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const token = String((await this.send('/oauth/token', { method: 'POST', form })).json()['access_token']);
    this.secrets[`API token of ${id}`] = token.split('.')[2] as string;
    return token;
  }

  private async connections(): Promise<void> {
    this.connectionId = await this.connection();
    await this.keepApi('POST', '/api/v1/connections', {
      name: 'rotor',
      connector: 'rotor',
      oauth_client_id: 'rotor-client',
      oauth_client_secret: OURS['client secret'],
    });
  }

  private async connection(): Promise<string> {
    const url = `http://${this.tap.host}`;
    const created = await this.keepApi('POST', '/api/v1/connections', {
      name: 'rotor',
      connector: 'rotor',
      oauth_client_id: 'rotor-client',
      oauth_client_secret: OURS['client secret'],
      endpoints: {
        authorize_url: `${url}/authorize`,
        token_url: `${url}/token`,
        api_url: url,
        revoke_url: `${url}/revoke`,
      },
    });
    const { id } = created.json()['connection'] as { id: string };
    this.provider.redirectUris.add(`${this.server.url}/oauth/callback/${id}`);
    return id;
  }

  private async connecting(): Promise<void> {
    this.tap.failNext('/authorize', 'refuse');
    await this.connect('refused-by-the-user');
    for (const fault of ['echo_error', 'echo', 'html', 'reset'] as const) {
      this.tap.failNext('/token', fault);
      await this.connect(`token-${fault}`);
    }
    this.tap.failNext('/me', 'echo_error');
    await this.connect('identity-fails');
    await this.keepApi('PATCH', `/api/v1/connections/${this.connectionId}`, {
      oauth_client_secret: OURS['second client secret'],
    });
    await this.connect('wrong-client-secret');
    await this.keepApi('PATCH', `/api/v1/connections/${this.connectionId}`, {
      oauth_client_secret: OURS['client secret'],
    });
    await this.connect('alice');
    await this.connect('bob');
  }

  private async calling(): Promise<void> {
    await this.call('alice');
    await this.call('nobody');
    await this.call('alice', { nonsense: 1 });
    for (const fault of ['echo', 'echo_error', 'echo_header', 'html', 'reset', 'hang'] as const) {
      for (let attempt = 0; attempt < 3; attempt += 1) this.tap.failNext('/things', fault);
      await this.call('alice');
    }
    this.tap.forgetFaults();
    await this.keepApi('PATCH', '/api/v1/tenant', { audit_full_payloads: true });
    this.tap.failNext('/things', 'echo');
    await this.call('alice');
  }

  /** The same by the doors of MCP, the proxy and gRPC, while payloads are recorded in full. */
  private async callingElsewhere(): Promise<void> {
    const agent = await this.agentToken('alice');
    const app = await this.doors.application('alice');
    const calls: readonly (() => Promise<void>)[] = [
      () => this.doors.mcp(agent, 'rotor_things_get'),
      () => this.doors.proxy(this.token, '/things', 'alice'),
      () => this.doors.execute(this.token, 'alice'),
    ];
    for (const call of calls) {
      await call();
      for (const fault of ['echo', 'echo_error', 'echo_header', 'html', 'reset', 'hang'] as const) {
        for (let attempt = 0; attempt < 9; attempt += 1) this.tap.failNext('/things', fault);
        await call();
        this.tap.forgetFaults();
      }
    }
    await this.doors.mcp(app, 'rotor_things_get');
    await this.doors.mcp(`${agent}x`, 'rotor_things_get');
    await this.doors.mcp(await this.agentToken('nobody'), 'rotor_things_get');
    await this.doors.mcp(agent, 'rotor_things_get', { nonsense: 1 });
    await this.doors.proxy(this.token, '/things', 'nobody');
    await this.doors.proxy(this.token, '/token', 'alice', { method: 'POST', form: { grant_type: 'refresh_token' } });
    await this.doors.proxy(agent, '/things', 'alice');
    await this.doors.execute(this.token, 'nobody');
    await this.doors.execute(agent, 'alice');
    await this.doors.accounts(this.token, 'alice');
  }

  private async agentToken(identifier: string): Promise<string> {
    const path = `/api/v1/mcp/configs/${this.connectionId}/tokens`;
    const token = String((await this.api('POST', path, { identifier })).json()['access_token']);
    this.secrets[`agent token of ${identifier}`] = token.split('.').at(-1) as string;
    return token;
  }

  private async refreshing(): Promise<void> {
    for (const fault of ['server_error', 'html', null] as const) {
      this.provider.tokens.expireAccessTokens();
      if (fault !== null) this.provider.settings.nextTokenFaults.push(fault);
      await this.call('alice');
    }
    this.provider.tokens.expireAccessTokens();
    this.tap.failNext('/token', 'echo_error');
    await this.call('alice');
    this.provider.tokens.expireAccessTokens();
    this.provider.settings.nextTokenFaults.push('invalid_grant');
    await this.call('bob');
  }

  private async verifying(): Promise<void> {
    await this.connect('carol', { user_verify_url: `http://${this.tap.host}/verify` });
    const asked = this.visited.find((url) => url.includes('auth_request_id=')) ?? '';
    const auth_request_id = asked === '' ? 'none' : String(new URL(asked).searchParams.get('auth_request_id'));
    if (asked !== '') this.secrets['verification request'] = auth_request_id;
    for (const identifier of ['mallory', 'carol'])
      await this.keepApi('POST', '/api/v1/connected_accounts/user/verify', { auth_request_id, identifier });
  }

  /** A tenant's server is told of events; what it signs them with is rotated. */
  private async telling(): Promise<void> {
    const keepSecret = (of: string, answer: Answer): string => {
      const { webhook, secret } = answer.json() as unknown as { webhook: { id: string }; secret: string };
      this.secrets[`webhook secret ${of}`] = secret.replace('whsec_', '');
      return webhook.id;
    };
    const url = `http://${this.tap.host}/hook`;
    const id = keepSecret('at first', await this.api('POST', '/api/v1/webhooks', { url }));
    keepSecret('by rotation', await this.api('POST', `/api/v1/webhooks/${id}:rotate_secret`));
    await this.connect('grace');
    await this.keepApi('PATCH', `/api/v1/webhooks/${id}`, { events: ['nonsense'] });
    await this.keepApi('POST', '/api/v1/webhooks', { url: 'https://127.0.0.1/hook' });
    const waits = (answer: Answer): boolean => answer.text.includes('"attempts":0');
    for (let polls = 0; polls < 100 && waits(await this.api('GET', `/api/v1/webhooks/${id}/deliveries`)); polls += 1)
      await sleep(200);
    for (const path of ['', `/${id}`, `/${id}/deliveries`]) await this.keepApi('GET', `/api/v1/webhooks${path}`);
    await this.keepApi('DELETE', `/api/v1/webhooks/${id}`);
  }

  private async rotating(): Promise<void> {
    for (const path of ['/api/v1/keys/data', '/api/v1/installation/keys/data']) {
      await this.keepApi('POST', `${path}:rotate`);
      await this.keepApi('GET', path);
    }
    await this.call('alice');
  }

  /** Another tenant, with secrets of its own, comes to its end. */
  private async shredding(): Promise<void> {
    const made = (await this.api('POST', '/api/v1/tenants', { name: 'shredded' })).json();
    const { id } = made['tenant'] as { id: string };
    const client = made['client'] as { id: string };
    const secret = String(made['client_secret']);
    this.secrets['secret of a tenant that is shredded'] = secret;
    const own = this.token;
    this.token = await this.tokenFor(client.id, secret);
    await this.connection();
    await this.connect('frank');
    await this.call('frank');
    const theirs = this.token;
    this.token = own;
    await this.keepApi('POST', `/api/v1/tenants/${id}:shred`, { confirm: 'no' });
    await this.keepApi('POST', `/api/v1/tenants/${id}:shred`, { confirm: id });
    this.token = theirs;
    await this.call('frank');
    this.token = own;
    await this.keepApi('GET', `/api/v1/tenants/${id}`);
  }

  private async revoking(): Promise<void> {
    await this.connect('dave');
    await this.connect('erin');
    const list = (await this.keepApi('GET', '/api/v1/connected_accounts')).json();
    const accounts = list['connected_accounts'] as { id: string; identifier: string }[];
    const idOf = (name: string): string => accounts.find(({ identifier }) => identifier === name)?.id ?? 'none';
    await this.keepApi('POST', `/api/v1/connected_accounts/${idOf('dave')}:disconnect`, {});
    await this.keepApi('POST', '/api/v1/connected_accounts:delete', { id: idOf('erin') });
    await this.call('dave');
    await this.untilToldUpstream();
  }

  /** Waits for the job that gives up tokens at the provider, so that it is not caught in the middle of a request. */
  private async untilToldUpstream(): Promise<void> {
    const waits = (answer: Answer): boolean => answer.text.includes('"state":"pending"');
    for (let polls = 0; polls < 100 && waits(await this.api('GET', '/api/v1/revocations')); polls += 1)
      await sleep(200);
    await this.keepApi('GET', '/api/v1/revocations');
  }

  private async reading(): Promise<void> {
    for (const path of [
      '/api/v1/connections',
      '/api/v1/connected_accounts',
      '/api/v1/audit/events?page_size=500',
      '/api/v1/audit/events:export',
      '/api/v1/tools',
      '/api/docs/openapi.json',
      '/metrics',
      '/keys',
      '/health/ready',
      '/no/such/page',
    ])
      await this.keepApi('GET', path);
  }

  private collect(): void {
    Object.assign(this.secrets, Object.fromEntries(this.tap.secrets));
    this.visited.forEach((url, index) => {
      const { pathname, searchParams } = new URL(url);
      if (pathname.startsWith('/connect/') && !pathname.startsWith('/connect/result'))
        this.secrets[`link ${index}`] = pathname.split('/').at(-1) as string;
      for (const name of ['code', 'state'])
        if (searchParams.has(name)) this.secrets[`${name} ${index}`] = searchParams.get(name) as string;
    });
    for (const [name, text] of Object.entries(this.secrets)) if (text.length < 16) delete this.secrets[name];
  }

  /** Opens a link as a user would, to its end; keeps the last page. */
  private async connect(identifier: string, more: object = {}): Promise<void> {
    const made = await this.api('POST', '/api/v1/connected_accounts/magic_link', {
      connector: 'rotor',
      identifier,
      ...more,
    });
    const browser = new Browser();
    const { page } = await browser.openConnectLink(String(made.json()['link']));
    this.answers.push(written(page));
    this.visited.push(...browser.visited);
  }

  private async call(identifier: string, params: object = {}): Promise<void> {
    await this.keepApi('POST', '/api/v1/execute_tool', {
      tool_name: 'rotor_things_get',
      connector: 'rotor',
      identifier,
      params,
    });
  }

  private async keepApi(method: Call['method'], path: string, json?: object): Promise<Answer> {
    const answer = await this.api(method, path, json);
    this.answers.push(written(answer));
    return answer;
  }

  private async keep(path: string, call: Call): Promise<void> {
    this.answers.push(written(await this.send(path, call)));
  }

  private api(method: Call['method'], path: string, json?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.token}` };
    return this.send(path, { method: method ?? 'GET', headers, ...(json === undefined ? {} : { json }) });
  }

  private send(path: string, call: Call = {}): Promise<Answer> {
    return send(this.server.url + path, call);
  }
}
