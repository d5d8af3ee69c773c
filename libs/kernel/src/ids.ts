import { decodeTime } from 'ulid';
import { createUlidFactory } from './ulid-factory.js';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Branded<'TenantId'>;
export type ClientId = Branded<'ClientId'>;
export type ConnectionId = Branded<'ConnectionId'>;
export type AccountId = Branded<'AccountId'>;
export type ToolId = Branded<'ToolId'>;
export type ExecutionId = Branded<'ExecutionId'>;
export type EventId = Branded<'EventId'>;
export type RequestId = Branded<'RequestId'>;
export type RevocationId = Branded<'RevocationId'>;
export type WebhookId = Branded<'WebhookId'>;
export type AgentTokenId = Branded<'AgentTokenId'>;
export type ToolsetId = Branded<'ToolsetId'>;

/** Prefix of every id of the system; an id is `<prefix>_<ULID>`, at most 32 characters. */
const PREFIXES = {
  tenant: 'ten',
  client: 'skc',
  connection: 'conn',
  account: 'ca',
  tool: 'tol',
  execution: 'exe',
  event: 'evt',
  request: 'req',
  revocation: 'rvk',
  webhook: 'whe',
  agentToken: 'agt',
  toolset: 'cfg',
} as const;

interface IdTypes {
  tenant: TenantId;
  client: ClientId;
  connection: ConnectionId;
  account: AccountId;
  tool: ToolId;
  execution: ExecutionId;
  event: EventId;
  request: RequestId;
  revocation: RevocationId;
  webhook: WebhookId;
  agentToken: AgentTokenId;
  toolset: ToolsetId;
}

const nextUlid = createUlidFactory();

/** A new id. Ids made in one process sort in the order in which they were made. */
export function newId<K extends keyof IdTypes>(kind: K): IdTypes[K] {
  return `${PREFIXES[kind]}_${nextUlid()}` as unknown as IdTypes[K];
}

const ULID = '[0-9A-HJKMNP-TV-Z]{26}';
const PATTERNS = Object.fromEntries(
  Object.entries(PREFIXES).map(([kind, prefix]) => [kind, new RegExp(`^${prefix}_${ULID}$`)]),
) as Record<keyof IdTypes, RegExp>;

export function isId<K extends keyof IdTypes>(kind: K, text: string): text is IdTypes[K] & string {
  return PATTERNS[kind].test(text);
}

/** When an id was made (milliseconds since the epoch), read from its ULID; null when it isn't one of ours. */
export function timeOfId(id: string): number | null {
  const ulid = id.slice(id.indexOf('_') + 1);
  if (!new RegExp(`^${ULID}$`).test(ulid)) return null;
  try {
    return decodeTime(ulid);
  } catch {
    return null;
  }
}

/**
 * The tenant that owns what belongs to the installation itself (its token signing keys).
 * It has rows and a data key like any other tenant, and no API clients.
 */
export const INSTALLATION_TENANT = 'ten_00000000000000000000000000' as TenantId;
