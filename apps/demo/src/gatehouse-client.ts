import { send, type Answer } from './http.js';
import type { Instance } from './gatehouse-instance.js';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly connect_url?: string;
  readonly execution_id?: string;
}

export type ToolAnswer =
  | { readonly ok: true; readonly data: Record<string, unknown>; readonly executionId: string }
  | { readonly ok: false; readonly problem: Problem };

interface ScopedToolAnswer {
  readonly tool: { readonly definition: { readonly name: string } };
  readonly identifier: string;
  readonly connected_account_id: string;
}

/** The calls of a tenant's back end. */
export class GatehouseClient {
  private token = '';

  constructor(private readonly instance: Instance) {}

  async authenticate(): Promise<{ expiresIn: number }> {
    const { clientId, clientSecret } = this.instance;
    const answer = await send(`${this.instance.url}/oauth/token`, {
      method: 'POST',
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    });
    const body = expectOk(answer);
    this.token = String(body['access_token']);
    return { expiresIn: Number(body['expires_in']) };
  }

  async connectLink(identifier: string): Promise<string> {
    const body = await this.post('/api/v1/connected_accounts/magic_link', { connector: 'intercom', identifier });
    return String(body['link']);
  }

  async account(identifier: string): Promise<Record<string, unknown>> {
    const body = await this.get(
      `/api/v1/connected_accounts/details?connector=intercom&identifier=${encodeURIComponent(identifier)}`,
    );
    return body['connected_account'] as Record<string, unknown>;
  }

  async scopedTools(identifier: string): Promise<{ name: string; identifier: string; accountId: string }[]> {
    const query = `identifier=${encodeURIComponent(identifier)}&filter.connection_names=intercom`;
    const body = await this.get(`/api/v1/tools/scoped?${query}`);
    return (body['tools'] as ScopedToolAnswer[]).map(({ tool, identifier: user, connected_account_id: accountId }) => ({
      name: tool.definition.name,
      identifier: user,
      accountId,
    }));
  }

  async execute(identifier: string, tool: string, params: object, toolset?: readonly string[]): Promise<ToolAnswer> {
    const answer = await send(`${this.instance.url}/api/v1/execute_tool`, {
      method: 'POST',
      headers: this.headers(),
      json: { tool_name: tool, identifier, params, ...(toolset ? { toolset } : {}) },
    });
    const body = answer.json();
    if (answer.status !== 200) return { ok: false, problem: body as unknown as Problem };
    return { ok: true, data: body['data'] as Record<string, unknown>, executionId: String(body['execution_id']) };
  }

  async exportAudit(): Promise<string> {
    const answer = await send(`${this.instance.url}/api/v1/audit/events:export`, { headers: this.headers() });
    if (answer.status !== 200) throw new Error(`The audit export answered ${answer.status}: ${answer.text}`);
    return answer.text;
  }

  private async get(path: string): Promise<Record<string, unknown>> {
    return expectOk(await send(this.instance.url + path, { headers: this.headers() }));
  }

  private async post(path: string, json: object): Promise<Record<string, unknown>> {
    return expectOk(await send(this.instance.url + path, { method: 'POST', headers: this.headers(), json }));
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }
}

function expectOk(answer: Answer): Record<string, unknown> {
  if (answer.status < 300) return answer.json();
  throw new Error(`Gatehouse answered ${answer.status}: ${answer.text}`);
}
