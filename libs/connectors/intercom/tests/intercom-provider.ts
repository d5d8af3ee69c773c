import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  loadConnectors,
  runTool,
  validateArguments,
  type Connector,
  type Principal,
  type ProviderHttp,
  type ProviderRequest,
  type ProviderResponse,
  type ToolDefinition,
  type ToolResult,
} from '#app/connector-kit';
import type { JsonObject } from '#app/kernel';

const CONNECTORS = fileURLToPath(new URL('../..', import.meta.url));

export const NOW = Date.parse('2026-11-23T12:00:00Z');

/** Ann, with a seat, in the workspace that the sample answers are of. */
export const ANN: Principal = {
  id: '991267715',
  label: 'ann@northwind.example',
  tenant: 'northwind_id_code',
  facts: { has_inbox_seat: true },
  params: { region: 'eu' },
};

export function loadIntercom(): Connector {
  const connector = loadConnectors([join(CONNECTORS)]).get('intercom');
  if (connector === null) throw new Error('the connector intercom is not there');
  return connector;
}

export function toolOf(connector: Connector, name: string): ToolDefinition {
  const tool = connector.tools.get(name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

/** The token of the account. */
export const TOKEN = 'dG9rOmNhbmFyeV8wMTIzNDU2Nzg5YWJjZGVm';

/** Answers by `METHOD /path` and keeps what was asked. */
export class RecordedIntercom implements ProviderHttp {
  readonly requests: ProviderRequest[] = [];
  readonly answered: { request: ProviderRequest; status: number; body: unknown }[] = [];

  constructor(private readonly answers: Readonly<Record<string, unknown>>) {}

  async send(request: ProviderRequest): Promise<ProviderResponse> {
    this.requests.push(request);
    const prepared = this.answers[`${request.method} ${request.path}`];
    if (prepared === undefined) throw new Error(`no answer was prepared for ${request.method} ${request.path}`);
    const { status = 200, headers = {}, body } = isRaw(prepared) ? prepared : { body: prepared };
    this.answered.push({ request, status, body });
    return {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body: Buffer.from(JSON.stringify(body)),
    };
  }

  redact(text: string): string {
    return text.replaceAll(TOKEN, '[redacted]');
  }

  get paths(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  get lastBody(): unknown {
    const text = this.requests.at(-1)?.body?.text;
    return text === undefined ? undefined : (JSON.parse(String(text)) as unknown);
  }
}

interface RawAnswer {
  readonly $raw: true;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** An answer with a status and headers of its own. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { $raw: true, status, headers, body };
}

export function intercomError(code: string, message: string | null = null): JsonObject {
  return { type: 'error.list', request_id: '50f1e8d1-cf1a-450c-a7b5-87a264076241', errors: [{ code, message }] };
}

function isRaw(value: unknown): value is RawAnswer {
  return typeof value === 'object' && value !== null && '$raw' in value;
}

export async function run(
  connector: Connector,
  name: string,
  params: JsonObject,
  http: ProviderHttp,
  principal: Principal = ANN,
): Promise<ToolResult> {
  const tool = toolOf(connector, name);
  const checked = validateArguments(tool, params);
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  return runTool({
    connector,
    tool,
    args: checked.args,
    account: { params: {}, principal },
    http,
    clock: { now: () => NOW },
    deadline: NOW + 30_000,
    sleep: async () => undefined,
  });
}
