import type { CancelSignal, Clock, JsonObject } from '#app/kernel';
import type { Connector } from '../src/connector.js';
import type { Principal } from '../src/principal.js';
import {
  ProviderTransportError,
  type ProviderHttp,
  type ProviderRequest,
  type ProviderResponse,
  type TransportErrorKind,
} from '../src/provider-http.js';
import { runTool, type ToolResult } from '../src/run/run-tool.js';
import { validateArguments } from '../src/arguments/validate-arguments.js';
import { toolOf } from './acme.js';

export const NOW = Date.parse('2026-11-23T12:00:00Z');

type Answer = ProviderResponse | Error;
type Responder = (request: ProviderRequest) => Answer;

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): ProviderResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** An answer as it stands. */
export function raw(status: number, text: string, headers: Record<string, string> = {}): ProviderResponse {
  return { status, headers, body: Buffer.from(text) };
}

export function broken(kind: TransportErrorKind, sent: boolean): ProviderTransportError {
  return new ProviderTransportError(kind, sent, `test: ${kind}`);
}

/** The credential that fake requests would be made with. */
export const CREDENTIAL = 'tok_canary-0123456789.AbCdEf';

/** Answers in order and keeps every request; the last answer is given again and again. Time moves only when somebody sleeps. */
export class FakeProvider implements ProviderHttp {
  readonly requests: ProviderRequest[] = [];
  readonly timeouts: number[] = [];
  readonly waits: number[] = [];
  now = NOW;
  readonly clock: Clock = { now: () => this.now };
  private readonly answers: (Answer | Responder)[];

  constructor(...answers: (Answer | Responder)[]) {
    this.answers = answers;
  }

  async send(request: ProviderRequest, { timeoutMs }: { timeoutMs: number }): Promise<ProviderResponse> {
    const next = this.answers[Math.min(this.requests.length, this.answers.length - 1)];
    this.requests.push(request);
    this.timeouts.push(timeoutMs);
    const answer = typeof next === 'function' ? next(request) : next;
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer was prepared');
    return answer;
  }

  redact(text: string): string {
    return text.replaceAll(CREDENTIAL, '[redacted]');
  }

  readonly sleep = async (ms: number): Promise<void> => {
    this.waits.push(ms);
    this.now += ms;
  };

  /** Bodies sent, parsed. */
  get bodies(): unknown[] {
    return this.requests.map(({ body }) =>
      body === undefined ? undefined : (JSON.parse(String(body.text)) as unknown),
    );
  }
}

export const PRINCIPAL: Principal = { id: '77', label: 'ann@acme.example', tenant: 'org_1', facts: {}, params: {} };

/** Validates the arguments and runs a tool against a fake provider, with 30 seconds to go. */
export async function call(
  connector: Connector,
  name: string,
  args: JsonObject,
  provider: FakeProvider,
  more: { deadlineMs?: number; principal?: Principal; signal?: CancelSignal } = {},
): Promise<ToolResult> {
  const tool = toolOf(connector, name);
  const checked = validateArguments(tool, args);
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  return runTool({
    connector,
    tool,
    args: checked.args,
    account: { params: {}, principal: more.principal ?? PRINCIPAL },
    http: provider,
    clock: provider.clock,
    deadline: provider.now + (more.deadlineMs ?? 30_000),
    sleep: provider.sleep,
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  });
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the promise was not rejected');
}
