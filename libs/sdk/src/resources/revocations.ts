import { listed, type PageOptions, type Paged } from '../http/pages.js';
import type { Transport } from '../http/transport.js';

/**
 * How far a provider has come with tokens that were given up. `pending`: still to be sent; `done`: it has given them up; `skipped`:
 * not sent, since it would have ended the access of others; `abandoned`: it could not be told within a week.
 */
export type RevocationState = 'pending' | 'done' | 'skipped' | 'abandoned';

/** How far a revocation at the provider has come. */
export interface RevocationProgress {
  /** Id of the revocation. */
  readonly id: string;
  /** Whether the provider has been told. */
  readonly state: RevocationState | (string & {});
  /** How often it was tried. */
  readonly attempts: number;
  /** What the last attempt came to, or why there was none. */
  readonly lastError: string | null;
  /** When it is tried next; null once it has ended. */
  readonly nextAttemptAt: string | null;
}

/** Tokens that were given up here, on their way to be given up at the provider. */
export interface Revocation extends RevocationProgress {
  /** The account whose tokens they were. */
  readonly connectedAccountId: string;
  /** Id of the account's connection. */
  readonly connectionId: string;
  /** Your own name for the end user. */
  readonly identifier: string;
  /** Id of the connector in upper case, such as `INTERCOM`. */
  readonly provider: string;
  /** What the provider ends by it: the token, all of the user's access, or that of the whole workspace. */
  readonly ends: 'token' | 'user' | 'workspace' | (string & {});
  /** Id of the workspace at the provider. */
  readonly workspace: string | null;
  /** Why the tokens were given up. */
  readonly reason: string;
  /** When they were given up. */
  readonly createdAt: string;
  /** When it ended; null while it goes on. */
  readonly finishedAt: string | null;
}

/** A page of {@link RevocationsApi.listRevocations}. */
export interface RevocationPage {
  /** The revocations of this page. */
  readonly revocations: readonly Revocation[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** Revocations that match, on all pages. */
  readonly totalSize: number;
}

/** Options of {@link RevocationsApi.listRevocations}; every one that is given must match. */
export interface ListRevocationsOptions extends PageOptions {
  /** Those of one account. */
  readonly connectedAccountId?: string;
  /** Those in this state. */
  readonly state?: RevocationState;
}

/** What is being revoked at the providers. */
export class RevocationsApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What is being revoked at the providers, and what came of it, newest first. A page has 1 to 99; 30 if `pageSize` is left out. */
  listRevocations(options: ListRevocationsOptions = {}): Paged<RevocationPage, Revocation> {
    const query = { connected_account_id: options.connectedAccountId, state: options.state };
    const itemsOf = ({ revocations }: RevocationPage): readonly Revocation[] => revocations;
    return listed(this.#transport, '/api/v1/revocations', query, options, itemsOf);
  }
}
