import type { ErrorCode, JsonObject } from '#app/kernel';
import { send, type Answer } from '../../../demo/src/http.js';
import type { ClientName } from './client-name.js';
import type { Door, DoorAnswer, Method, Refusal } from './door-case.js';
import type { Stage } from './stage.js';

type Verb = 'GET' | 'POST' | 'PUT';

const PATHS: Readonly<Record<Method, readonly [Verb, string]>> = {
  executeTool: ['POST', '/api/v1/execute_tool'],
  listTools: ['GET', '/api/v1/tools'],
  listScopedTools: ['GET', '/api/v1/tools/scoped'],
  listAvailableTools: ['GET', '/api/v1/tools/available'],
  listConnectedAccounts: ['GET', '/api/v1/connected_accounts'],
  createConnectedAccount: ['POST', '/api/v1/connected_accounts'],
  updateConnectedAccount: ['PUT', '/api/v1/connected_accounts'],
  deleteConnectedAccount: ['POST', '/api/v1/connected_accounts:delete'],
  getMagicLinkForConnectedAccount: ['POST', '/api/v1/connected_accounts/magic_link'],
  getConnectedAccountAuth: ['GET', '/api/v1/connected_accounts/auth'],
  verifyConnectedAccountUser: ['POST', '/api/v1/connected_accounts/user/verify'],
  listAppConnections: ['GET', '/api/v1/connections/app'],
  listEventsPaginated: ['POST', '/api/v1/events/paginated'],
};

export class RestDoor implements Door {
  readonly name = 'rest';

  constructor(private readonly stage: Stage) {}

  serves(): boolean {
    return true;
  }

  async ask(method: Method, ask: JsonObject, client: ClientName): Promise<DoorAnswer> {
    const [verb, path] = PATHS[method];
    const url = `${this.stage.gate.url}${path}`;
    const token = this.stage.tokenOf(client);
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer =
      verb === 'GET'
        ? await send(`${url}?${queryOf(ask)}`, { headers })
        : await send(url, { method: verb, json: ask, headers });
    const requestId = String(answer.headers['x-request-id']);
    const failed = answer.status >= 400;
    return {
      requestId,
      result: failed ? null : (answer.json() as JsonObject),
      refusal: failed ? refusal(answer) : null,
    };
  }

  async close(): Promise<void> {
    // every request ends by itself
  }
}

function refusal(answer: Answer): Refusal {
  const { code, detail, errors } = answer.json() as { code: ErrorCode; detail: string; errors?: { field: string }[] };
  return { codes: [code], message: detail, fields: errors?.map(({ field }) => field) ?? null };
}

/** Members of members by a dot; lists by repetition. */
function queryOf(ask: JsonObject): string {
  const { filter, ...rest } = ask;
  const flat = Object.entries((filter ?? {}) as JsonObject).map(([name, value]) => [`filter.${name}`, value] as const);
  const pairs = [...Object.entries(rest), ...flat].flatMap(([name, value]) =>
    [value].flat().map((each) => [name, typeof each === 'string' ? each : JSON.stringify(each)] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}
