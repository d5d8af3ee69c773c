import type { AccountId, ConnectionId, RequestContext, RequestId, Secret, TenantId } from '#app/kernel';
import type { ProviderApp } from '../connections/provider-apps.js';
import type { TenantSettings } from '../tenant-settings.js';

/** A browser in a connect flow. It has no API client, and its tenant is known only from what it brings along. */
export interface BrowserVisit {
  readonly requestId: RequestId;
  /** Value of our cookie; null when the browser sent none. */
  readonly browser: string | null;
}

/** The context of a visit, once its tenant is known. */
export const contextOf = ({ requestId }: Pick<BrowserVisit, 'requestId'>, tenantId: TenantId): RequestContext => ({
  requestId,
  tenantId,
  source: 'browser',
  caller: null,
});

/** What a link and a flow were made for. */
export interface FlowSubject {
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
  readonly connectionId: ConnectionId;
  readonly identifier: string;
}

/** A connect link, found by its token, and what its tenant says of links. */
export interface FoundLink extends FlowSubject, TenantSettings {
  readonly linkHash: Buffer;
  /** Digest of the cookie of the browser in which the link works; null until it was opened. */
  readonly claimedBy: Buffer | null;
  readonly completedAt: Date | null;
  readonly expiresAt: Date;
  /** Empty when the tenant does not use organizations. */
  readonly organizationId: string;
  /** Where the user goes after consent to be verified; null when nobody verifies, so that the user is asked before. */
  readonly userVerifyUrl: string | null;
  /** Whether the user signs in here first, where users can: an agent showed them the link. */
  readonly signIn: boolean;
}

/** A link that may be used by this browser, and the app that it leads to. */
export interface OpenedLink {
  readonly link: FoundLink;
  readonly app: ProviderApp;
}

/** A flow as it was stored; it is in the database no longer, unless the callback came from another browser than its own. */
export interface FoundFlow extends FlowSubject, Pick<TenantSettings, 'tenantActive'> {
  readonly linkHash: Buffer;
  readonly stateHash: Buffer;
  readonly browserHash: Buffer;
  readonly verifierSealed: Buffer | null;
  /** Null in a flow that the release before has started. */
  readonly askedScopes: readonly string[] | null;
  readonly expiresAt: Date;
}

/** What the provider sends the browser back with, as far as it says which flow it belongs to. */
export interface CallbackMark {
  readonly state: string | null;
  /** Of the path. */
  readonly connectionId: string;
  /** RFC 9207: who answers. Null where the provider does not say. */
  readonly issuer: string | null;
}

/** A callback that belongs to a flow of this browser. The flow is spent: there is no second one with this state. */
export interface SpentFlow {
  readonly flow: FoundFlow;
  /** Its scopes are those that this flow has asked for. */
  readonly app: ProviderApp;
  /** PKCE; null where the provider does not support it. */
  readonly verifier: Secret | null;
}

/** How a consent ended well. */
export type ConnectResult =
  | {
      readonly outcome: 'connected';
      readonly provider: string;
      /** Who was connected, as the provider names them. */
      readonly label: string | null;
      /** For whom, as the tenant names them. */
      readonly identifier: string;
      readonly tenantName: string;
    }
  /** The tenant's server has to vouch for the user: send the browser there. */
  | { readonly outcome: 'verify'; readonly redirectTo: string };
