import type { ErrorCode, JsonObject } from '#app/kernel';
import type { ClientName } from './client-name.js';
import type { Stage } from './stage.js';

/** The methods of the published API, by their names in gRPC. */
export type Method =
  | 'executeTool'
  | 'listTools'
  | 'listScopedTools'
  | 'listAvailableTools'
  | 'listConnectedAccounts'
  | 'createConnectedAccount'
  | 'updateConnectedAccount'
  | 'deleteConnectedAccount'
  | 'getMagicLinkForConnectedAccount'
  | 'getConnectedAccountAuth'
  | 'verifyConnectedAccountUser'
  | 'listAppConnections'
  | 'listEventsPaginated';

/** One case at one door. */
export interface Turn {
  readonly stage: Stage;
  /** A user of this turn alone, not connected. */
  readonly user: string;
  /** A conversation of this case alone, so that what is made to go wrong with it goes wrong nowhere else. */
  readonly conversation: string;
}

/** One request, to be made at every door, and what has to become of it at each. */
export interface DoorCase {
  readonly name: string;
  readonly method: Method;
  /** In the names that REST and the messages share. */
  readonly ask: JsonObject | ((turn: Turn) => JsonObject);
  /** Who makes it; by default a client that may do everything. */
  readonly client?: ClientName;
  readonly before?: (turn: Turn) => Promise<unknown>;
  /** Null for success. */
  readonly code: ErrorCode | null;
  /** The types of the records that it leaves, in their order; none by default. */
  readonly records?: readonly string[];
  /** Why a door can't be asked this. */
  readonly not?: Partial<Record<DoorName, string>>;
}

export type DoorName = 'rest' | 'grpc' | 'mcp';

/** What a door says. */
export interface DoorAnswer {
  readonly requestId: string;
  /** Null when it refuses. */
  readonly result: JsonObject | null;
  readonly refusal: Refusal | null;
}

export interface Refusal {
  /** The codes that it can mean: some doors have one word for several. Empty where the door tells it in its own way. */
  readonly codes: readonly ErrorCode[];
  readonly message: string | null;
  /** The fields that it names; null where it names none, apart from what the message says. */
  readonly fields: readonly string[] | 'in the message' | null;
}

/** A door, as its clients see it. */
export interface Door {
  readonly name: DoorName;
  /** Whether a request can be put into its words. */
  serves(method: Method, ask: JsonObject): boolean;
  ask(method: Method, ask: JsonObject, client: ClientName): Promise<DoorAnswer>;
  close(): Promise<void>;
}
