import { fromJson, toJson, type JsonValue } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type CallOptions } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { ErrorCode, JsonObject } from '#app/kernel';
import { ConnectedAccountService } from '../../src/rpc/generated/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { ConnectionService } from '../../src/rpc/generated/scalekit/v1/connections/connections_pb.js';
import { ErrorInfoSchema } from '../../src/rpc/generated/scalekit/v1/errdetails/errdetails_pb.js';
import { EventsService } from '../../src/rpc/generated/scalekit/v1/events/events_pb.js';
import { ToolService } from '../../src/rpc/generated/scalekit/v1/tools/tools_pb.js';
import type { ClientName } from './client-name.js';
import type { Door, DoorAnswer, Method, Refusal } from './door-case.js';
import type { Stage } from './stage.js';

const SERVICES = [ToolService, ConnectedAccountService, ConnectionService, EventsService];

type AnyMethod = (typeof SERVICES)[number]['methods'][number];
type Methods = Readonly<Record<string, (message: unknown, options: CallOptions) => Promise<never>>>;

/** What the published contract calls what has gone wrong: status, and word for it. Several of ours can be one of those. */
const WORDS: readonly (readonly [ErrorCode, Code, string])[] = [
  ['invalid_arguments', Code.InvalidArgument, 'VALIDATION'],
  ['permission_denied', Code.PermissionDenied, 'POLICY_DENIED'],
  ['policy_denied', Code.PermissionDenied, 'POLICY_DENIED'],
  ['tool_not_found', Code.NotFound, 'TOOL_NOT_FOUND'],
  ['account_not_found', Code.NotFound, 'CONNECTED_ACCOUNT_NOT_FOUND'],
  ['not_found', Code.NotFound, 'NOT_FOUND'],
  ['conflict', Code.Aborted, 'CONFLICT'],
];

/** The statuses of a tool that failed; what failed is in `tool_error_code`. */
const FAILED_TOOL: Readonly<Partial<Record<ErrorCode, Code>>> = {
  account_not_active: Code.Unauthenticated,
  missing_scope: Code.PermissionDenied,
  forbidden_by_provider: Code.PermissionDenied,
  provider_rate_limited: Code.ResourceExhausted,
  provider_error: Code.Internal,
  unknown_outcome: Code.Internal,
  timeout: Code.DeadlineExceeded,
  not_found: Code.NotFound,
  invalid_arguments: Code.InvalidArgument,
  conflict: Code.Aborted,
};

const ACCOUNT_STATES = ['EXPIRED', 'PENDING_AUTH', 'PENDING_VERIFICATION', 'DISCONNECTED'];

/** Through a generated client, over one connection. */
export class GrpcDoor implements Door {
  readonly name = 'grpc';
  private readonly session: Http2SessionManager;
  private readonly clients: Readonly<Record<string, Methods>>;

  constructor(private readonly stage: Stage) {
    const baseUrl = stage.gate.url;
    this.session = new Http2SessionManager(baseUrl);
    const transport = createGrpcTransport({ baseUrl, sessionManager: this.session });
    this.clients = Object.fromEntries(
      SERVICES.map((each) => [each.typeName, createClient(each, transport) as Methods]),
    );
  }

  serves(): boolean {
    return true;
  }

  async ask(name: Method, ask: JsonObject, client: ClientName): Promise<DoorAnswer> {
    const method = methodNamed(name);
    const token = this.stage.tokenOf(client);
    let requestId = '';
    const options: CallOptions = {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      onHeader: (headers) => void (requestId = headers.get('x-request-id') ?? ''),
    };
    const methods = this.clients[method.parent.typeName];
    try {
      const answer = await methods?.[name]?.(fromJson(method.input, ask as JsonValue), options);
      const result = toJson(method.output, answer as never, { useProtoFieldName: true }) as JsonObject;
      return { requestId, result: asInRest(result), refusal: null };
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return { requestId: error.metadata.get('x-request-id') ?? requestId, result: null, refusal: refusal(error) };
    }
  }

  async close(): Promise<void> {
    this.session.abort();
  }
}

function methodNamed(name: Method): AnyMethod {
  const found = SERVICES.flatMap((each): AnyMethod[] => each.methods).find(({ localName }) => localName === name);
  if (found === undefined) throw new Error(`There is no method ${name}`);
  return found;
}

function refusal(error: ConnectError): Refusal {
  const message = error.rawMessage;
  const info = error.findDetails(ErrorInfoSchema)[0];
  if (info === undefined)
    return { codes: error.code === Code.Unauthenticated ? ['unauthenticated'] : [], message, fields: null };
  const violations = info.validationErrorInfo?.fieldViolations.map(({ field }) => field);
  const codes =
    info.errorCode === 'TOOL_ERROR'
      ? failedTool(error.code, info.toolErrorInfo?.toolErrorCode ?? '')
      : WORDS.filter(([, code, word]) => code === error.code && word === info.errorCode).map(([code]) => code);
  return { codes, message, fields: violations ?? null };
}

function failedTool(status: Code, word: string): ErrorCode[] {
  const code = ACCOUNT_STATES.includes(word) ? 'account_not_active' : (word.toLowerCase() as ErrorCode);
  return FAILED_TOOL[code] === status ? [code] : [];
}

const OBJECTS: Readonly<Record<string, string>> = {
  ConnectedAccount: 'connected_account',
  Connection: 'connection',
  Actions: 'tool',
};

/** What an event is about has its own words here. */
function asInRest(result: JsonObject): JsonObject {
  const { events } = result;
  if (!Array.isArray(events)) return result;
  return {
    ...result,
    events: (events as JsonObject[]).map((event) => ({ ...event, object: OBJECTS[event['object'] as string] ?? '?' })),
  };
}
