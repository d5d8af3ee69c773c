import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';
import { ConnectorRegistry } from '#app/connector-kit';
import { Browser } from '../../../demo/src/http.js';
import { Harness } from '../harness.js';
import { AuthProxy } from './auth-proxy.js';
import { extendDoor } from './fixture-door.js';
import { FIXTURE_CONNECTORS, writeFixtureConnectors } from './fixture-manifests.js';
import { FixtureProvider } from './fixture-provider.js';

const USER = 'referee';
const TOOLSET = 'referee';

/** What the fixture reads for these, and by which of its tools. */
const READS: Readonly<Record<string, string[]>> = {
  'prompts/get': ['test_prompt_get'],
  'resources/read': ['test_resource_read'],
};

/** Error of a call whose result asks the client for something that it has not declared. */
const ASKED_TOO_MUCH = -32_021;

/** The application with the fixture's connectors, a user who has connected both, and a toolset of all their tools behind the proxy. */
export class ConformanceGate {
  private constructor(
    readonly gate: Harness,
    readonly provider: FixtureProvider,
    readonly proxy: AuthProxy,
    /** URL of the toolset. */
    readonly resource: string,
    private readonly remove: () => void,
  ) {}

  static async start(): Promise<ConformanceGate> {
    const provider = await FixtureProvider.start();
    const { dir, remove } = writeFixtureConnectors();
    const gate = await Harness.start({ env: { GATEHOUSE_CONNECTORS_DIR: dir }, allow: provider.hosts });
    useRefereesSchema(gate);
    extendDoor(gate.nest);
    for (const connector of FIXTURE_CONNECTORS) await connect(gate, provider, connector);
    const made = await gate.post('/api/v1/mcp/configs', { name: TOOLSET, ...toolsOf(FIXTURE_CONNECTORS) });
    const { id, mcp_server_url: url } = made.json()['config'] as { id: string; mcp_server_url: string };
    provider.onCall = (tool) => (tool === 'test_trigger_tool_change' ? changeTools(gate, id) : Promise.resolve());
    const token = (await gate.post(`/api/v1/mcp/configs/${id}/tokens`, { identifier: USER })).json()['access_token'];
    return new ConformanceGate(gate, provider, await AuthProxy.start(url, String(token)), url, remove);
  }

  /** What was asked of the door that comes to a call, as names of tools: what the protocol did not refuse before. */
  callsMade(): string[] {
    return this.proxy.passed.flatMap((each) => {
      if (each.status === 400 && each.error !== ASKED_TOO_MUCH) return [];
      return each.method === 'tools/call' ? [each.name ?? ''] : (READS[each.method] ?? []);
    });
  }

  /** Names of the tools in the audit records of a type. */
  async recorded(type: string): Promise<string[]> {
    const events = await this.gate.auditEvents(`&type=${type}`);
    return events.map(({ tool_name: name }) => String(name));
  }

  /** That the log has for whoever signs in at the moment. */
  passcode(): string {
    const line = this.gate.log.findLast((each) => each.includes('Passcode')) ?? '';
    return /Passcode for the sign-in of [^:]*: (\d{6})/.exec(line)?.[1] ?? '';
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.gate.stop();
    await this.provider.stop();
    this.remove();
  }
}

const toolsOf = (connections: readonly string[]) => ({
  connection_tool_mappings: connections.map((name) => ({ connection_name: name, tools: [] })),
});

/** Takes tools out of the toolset and puts them back, as its keeper would while an agent is at work. */
async function changeTools(gate: Harness, id: string): Promise<void> {
  for (const connections of [FIXTURE_CONNECTORS.slice(0, 1), FIXTURE_CONNECTORS]) {
    const { status, text } = await gate.patch(`/api/v1/mcp/configs/${id}`, toolsOf(connections));
    if (status !== 200) throw new Error(`The tools were not changed: ${text}`);
  }
}

/**
 * Gives a tool the referee's schema, word for word. A manifest has fewer words for arguments, on purpose: models understand no more.
 * What is tried is that the door changes nothing of a schema that a connector has.
 */
function useRefereesSchema({ nest }: Harness): void {
  const { tool } = nest.get(ConnectorRegistry).findTool('json_schema_2020_12_tool') ?? {};
  const file = join(projectRoot(), 'apps/api/test/conformance/referee-schema.json');
  Object.assign(tool ?? {}, { inputSchema: JSON.parse(readFileSync(file, 'utf8')) as unknown });
}

async function connect(gate: Harness, provider: FixtureProvider, connector: string): Promise<void> {
  const { clientId, clientSecret } = provider.oauth.options;
  const made = await gate.post('/api/v1/connections', {
    name: connector,
    connector,
    oauth_client_id: clientId,
    oauth_client_secret: clientSecret,
    endpoints: provider.endpoints,
  });
  const { redirect_uri: redirectUri } = made.json()['connection'] as { redirect_uri: string };
  provider.oauth.redirectUris.add(redirectUri);
  const asked = { connector, identifier: USER };
  const { link } = (await gate.post('/api/v1/connected_accounts/magic_link', asked)).json();
  const { page } = await new Browser().openConnectLink(String(link));
  if (page.status !== 200) throw new Error(`${connector} was not connected: ${page.text}`);
}
