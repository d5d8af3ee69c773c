import { Harness, type Teammate } from '../../../apps/api/test/harness.js';
import { startModelStub, type ModelStub, type SeenRequest } from '../../../apps/model-stub/src/start-model-stub.js';
import { Gatehouse, type GatehouseUser } from '../src/index.js';
import { NetworkGuard } from './network-guard.js';

/** A live Gatehouse with the sandbox as its provider, a model stand-in, and no way out of this machine. */
export class Stage {
  private constructor(
    readonly gate: Harness,
    readonly model: ModelStub,
    readonly client: { readonly id: string; readonly secret: string },
    readonly gatehouse: Gatehouse,
    private readonly guard: NetworkGuard,
    readonly teammates: readonly Teammate[],
  ) {}

  /** @param allow hosts besides the provider's that Gatehouse may call */
  static async open(allow: readonly string[] = []): Promise<Stage> {
    const guard = new NetworkGuard();
    guard.install();
    const [gate, model] = await Promise.all([Harness.start({ allow }), startModelStub()]);
    const people = await gate.teammates();
    const seated = people.filter((one) => one.has_inbox_seat && one.workspace_id === people[0]?.workspace_id);
    await gate.connect('alice', seated[0]?.id ?? '');
    await gate.connect('bob', seated[1]?.id ?? '');
    const client = await newClient(gate);
    const gatehouse = new Gatehouse({ url: gate.url, clientId: client.id, clientSecret: client.secret });
    return new Stage(gate, model, client, gatehouse, guard, seated);
  }

  /** Ends everything. Throws if anything tried to leave this machine. */
  async close(): Promise<void> {
    await this.gate.stop();
    await this.model.close();
    this.guard.remove();
    if (this.guard.violations.length > 0)
      throw new Error(`Connections that are not loopback: ${this.guard.violations.join(', ')}`);
  }

  user(identifier: string): GatehouseUser {
    return this.gatehouse.forUser(identifier, { agentRunId: `run-${identifier}` });
  }

  teammate(identifier: 'alice' | 'bob'): Teammate {
    return this.teammates[identifier === 'alice' ? 0 : 1] as Teammate;
  }

  /** Requests that the model stand-in refused, with its reasons. */
  refused(): SeenRequest[] {
    return this.model.requests.filter(({ refused }) => refused.length > 0);
  }

  /** The tool calls in the audit trail that are of this user, newest first. */
  async calls(identifier: string): Promise<Record<string, unknown>[]> {
    return this.gate.auditEvents(`&identifier=${identifier}&type=tool.executed&kind=outcome`);
  }
}

async function newClient(gate: Harness): Promise<{ id: string; secret: string }> {
  const permissions = [
    'tools:read',
    'tools:execute',
    'accounts:read',
    'accounts:write',
    'connections:read',
    'webhooks:read',
    'webhooks:write',
    'audit:read',
  ];
  const made = (await gate.post('/api/v1/clients', { name: 'sdk', permissions })).json();
  return { id: (made['client'] as { id: string }).id, secret: String(made['client_secret']) };
}
