import type { GatehouseError } from '../gatehouse-error.js';
import type { ConnectLinkOptions } from '../gatehouse-user.js';
import type { ScopedToolFilter } from '../resources/tool-types.js';

/** A call that waits for a person's word. */
export interface PendingCall {
  /** The user whom the agent acts for. */
  readonly identifier: string;
  /** The tool that is to be called. */
  readonly toolName: string;
  /** The arguments that the model wrote. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Whether it may delete or overwrite something. */
  readonly destructive: boolean;
}

/** What every adapter takes, whatever the framework. */
export interface AdapterOptions {
  /** Narrows the tools by connector, connection or name. */
  readonly filter?: ScopedToolFilter;
  /** Only tools that change nothing. */
  readonly readOnly?: boolean;
  /**
   * Tools of connectors that the user has not connected: `offer` (the default) shows them too, and calling one gives the model a
   * connect link to hand to the user; `hide` leaves them out.
   */
  readonly unconnected?: 'offer' | 'hide';
  /** For the connect links that are made; false for none. */
  readonly connect?: ConnectLinkOptions | false;
  /** Asked before every tool that changes something; the call is made only if it says true. */
  readonly approve?: (call: PendingCall) => boolean | Promise<boolean>;
  /** Told of every failed call, also of those that the model gets as data. */
  readonly onError?: (error: GatehouseError, call: { readonly identifier: string; readonly toolName: string }) => void;
  /** The longest result that a model gets, in bytes of JSON. 20,000 if left out. */
  readonly maxResultBytes?: number;
  /** More tools than this are an error rather than silently left out. 64 if left out. */
  readonly maxTools?: number;
  /** Replaces the client's time limit for the calls that a model makes. */
  readonly timeoutMs?: number;
  /** Ends the listing of tools, and every call that a model makes. */
  readonly signal?: AbortSignal;
}
