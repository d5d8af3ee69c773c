import { ASSIGN, asAlice, EXECUTED, GET, REPLY } from './call-cases.js';
import type { DoorCase, Turn } from './door-case.js';

type Ask = (turn: Turn) => ReturnType<typeof asAlice>;

const read: Ask = ({ conversation }) => asAlice(GET, { conversation_id: conversation });
const reply: Ask = ({ conversation }) => asAlice(REPLY, { conversation_id: conversation, body: 'once' });
const assign: Ask = ({ conversation }) => asAlice(ASSIGN, { conversation_id: conversation, assignee: 'nobody' });

const status = (number: number, code = 'error', message = 'It failed'): object => ({
  kind: 'status',
  status: number,
  code,
  message,
});

const failing = (name: string, code: DoorCase['code'], fault: object, ask: Ask): DoorCase => ({
  name,
  method: 'executeTool',
  ask,
  // of this conversation alone, so that cases may run side by side
  before: ({ stage, conversation }) =>
    stage.gate.fault({ match: { path: `/conversations/${conversation}*` }, ...fault }),
  code,
  records: EXECUTED,
});

type Failure = readonly [string, DoorCase['code'], object];

const SCOPE = 'This resource requires the required scope (read_conversations)';

const OF_READS: readonly Failure[] = [
  ['nothing at all', 'timeout', { kind: 'hang' }],
  ['400', 'invalid_arguments', status(400, 'parameter_invalid')],
  ['403', 'forbidden_by_provider', status(403, 'forbidden')],
  ['403 for want of a scope', 'missing_scope', status(403, 'forbidden', SCOPE)],
  ['404', 'not_found', status(404, 'not_found')],
  ['409', 'conflict', status(409, 'conflict')],
  ['422', 'invalid_arguments', status(422, 'parameter_invalid')],
  ['500', 'provider_error', status(500, 'server_error')],
  ['502 in HTML', 'provider_error', { kind: 'html' }],
  ['503', 'provider_error', status(503, 'service_unavailable')],
  ['503 once, and then an answer', null, { ...status(503, 'service_unavailable'), times: 1 }],
  ['half an answer', 'provider_error', { kind: 'truncate' }],
  ['broken JSON', 'provider_error', { kind: 'malformed_json' }],
  ['a redirect', 'provider_error', { kind: 'redirect', url: 'http://127.0.0.1:1/steal' }],
  ['a limit that ends too late', 'provider_rate_limited', { kind: 'rate_limit', reset_seconds: 60 }],
  ['the token in an error', 'invalid_arguments', { kind: 'echo_token' }],
];

const OF_WRITES: readonly Failure[] = [
  ['400', 'invalid_arguments', status(400, 'parameter_invalid')],
  ['403', 'forbidden_by_provider', status(403, 'forbidden')],
  ['404', 'not_found', status(404, 'not_found')],
  ['409', 'conflict', status(409, 'conflict')],
  ['422', 'invalid_arguments', status(422, 'parameter_invalid')],
  ['500', 'unknown_outcome', status(500, 'server_error')],
  ['502 in HTML', 'unknown_outcome', { kind: 'html' }],
  ['a lost connection', 'unknown_outcome', { kind: 'reset' }],
  ['a lost connection after all was done', 'unknown_outcome', { kind: 'reset', after_effect: true }],
  ['half an answer', 'unknown_outcome', { kind: 'truncate' }],
  ['a limit that ends too late', 'provider_rate_limited', { kind: 'rate_limit', reset_seconds: 60 }],
];

/** Calls that are made, and go wrong at the provider. */
export const FAILED_CALLS: readonly DoorCase[] = [
  ...OF_READS.map(([what, code, fault]) => failing(`reads, and gets ${what}`, code, fault, read)),
  ...OF_WRITES.map(([what, code, fault]) => failing(`replies, and gets ${what}`, code, fault, reply)),
  ...OF_WRITES.slice(0, 5).map(([what, code, fault]) => failing(`assigns, and gets ${what}`, code, fault, assign)),
];
