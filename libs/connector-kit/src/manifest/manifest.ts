import type { Json } from '#app/kernel';
import type { ProviderFailureCode } from '../failure/connector-failure.js';

/** A connector manifest as its author writes it (`connector.yaml`). Its JSON Schema is `manifest-schema.ts`. */
export interface Manifest {
  readonly schema: 'connector/v1';
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly categories?: readonly string[];
  readonly docs?: string;
  readonly status?: 'beta' | 'stable';
  /** The provider's own API version that the manifest was written for. */
  readonly apiVersion?: string;
  readonly params?: Readonly<Record<string, ParamManifest>>;
  readonly vars?: Readonly<Record<string, VarManifest>>;
  readonly http: HttpManifest;
  readonly auth: readonly [OAuth2Manifest];
  readonly access?: readonly AccessManifest[];
  readonly errors?: readonly ErrorRuleManifest[];
  readonly errorDetail?: ErrorDetailManifest;
  readonly pagination?: Readonly<Record<string, PaginationManifest>>;
  readonly tools: Readonly<Record<string, ToolManifest>>;
}

/** What an account or a connection brings along: the region, the subdomain. */
export interface ParamManifest {
  readonly type: 'string';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly default?: string;
  readonly title?: string;
  readonly help?: string;
  /** Who gives it: the person who connects, or the provider's identity answer. */
  readonly source: 'user' | 'probe';
}

/** A lookup: `by` names a parameter, the other keys its values. */
export type VarManifest = { readonly by: string; readonly [value: string]: string };

export interface HttpManifest {
  readonly baseUrl: string;
  /** Host suffixes that requests may go to. */
  readonly hosts: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
  readonly rateLimit?: RateLimitManifest;
}

/** Names of the headers that say when to come back. */
export interface RateLimitManifest {
  /** Epoch seconds. */
  readonly resetAt?: string;
  /** Seconds from now. */
  readonly resetAfter?: string;
  readonly retryAfter?: string;
}

export interface OAuth2Manifest {
  readonly id: string;
  readonly kind: 'oauth2';
  readonly principal: 'user' | 'bot' | 'workspace';
  readonly expiry: 'never' | 'expires_in' | 'on_401';
  readonly authorize: {
    readonly url: string;
    readonly hosts?: readonly string[];
    readonly params?: Readonly<Record<string, string>>;
    readonly scopeParam?: string;
    readonly scopeSeparator?: string;
    readonly pkce: 'S256' | 'none';
    /** What the authorization server calls itself: `issuer` of its metadata (RFC 8414), letter for letter. */
    readonly issuer?: string;
    /** Whether each of its answers names the issuer (RFC 9207), so that one that does not is somebody else's. */
    readonly answersWithIssuer?: boolean;
  };
  readonly token: {
    readonly url: string;
    readonly clientAuth: 'body' | 'basic';
    readonly encoding: 'form' | 'json';
    readonly extra?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly map?: Readonly<Record<string, string>>;
    readonly capture?: Readonly<Record<string, string>>;
  };
  /** Absent where the provider has no refresh tokens: then nothing is ever refreshed. */
  readonly refresh?: RefreshManifest;
  /** `default` is asked for where a connection names none; `base` are those of it that no tool needs, but we do (identity, refresh). */
  readonly scopes?: { readonly default: readonly string[]; readonly base?: readonly string[] };
  readonly inject: { readonly header: string; readonly prefix: string };
  readonly identity: IdentityManifest;
  readonly revoke?: RevokeManifest;
  readonly signals?: SignalsManifest;
}

/** What the provider posts to us when access may have ended. It is never taken for more than a reason to ask. */
export interface SignalsManifest {
  /** HMAC of the body with the app's secret, in hexadecimal behind `prefix`. */
  readonly signature?: {
    readonly algorithm: 'sha1' | 'sha256';
    readonly header: string;
    readonly prefix?: string;
  };
  /** Path in the body to the workspace that it is about; without it, every account of the connection is asked about. */
  readonly workspace?: string;
}

/** How a refresh token is redeemed, and what that does to it. What is absent is as for the code. */
export interface RefreshManifest {
  readonly url?: string;
  /** Whether an answer brings the next refresh token and the one that was sent must not be sent again. */
  readonly rotates: boolean;
  /** For how long a refresh token that was redeemed may be redeemed again without harm. */
  readonly graceSeconds?: number;
  /** Whether a refresh ends the access token from before it. */
  readonly endsAccessToken?: boolean;
  /** After how many days a refresh token that nobody uses dies. */
  readonly idleDays?: number;
  /** Name of the field in which the granted scopes are asked for again; absent: they are not. */
  readonly scopeParam?: string;
  readonly extra?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly map?: Readonly<Record<string, string>>;
  /** Answers that mean something else than RFC 6749, section 5.2, says. */
  readonly errors?: readonly RefreshErrorManifest[];
}

export interface RefreshErrorManifest {
  readonly when: Readonly<Record<string, Json>>;
  readonly means: RefreshVerdict;
}

/**
 * What an answer without a token says: the user's authorization is over; our app is refused and the authorization is not
 * concerned; or the provider does not work at the moment.
 */
export type RefreshVerdict = 'dead_grant' | 'app_refused' | 'outage';

export interface IdentityManifest {
  readonly request: RequestManifest;
  readonly map: { readonly id: string; readonly label?: string; readonly tenant?: string };
  /** Projections of the answer: what access rules and templates may use. */
  readonly facts?: Readonly<Record<string, Json>>;
  /** Parameters that the answer settles. */
  readonly params?: Readonly<Record<string, string>>;
}

export interface RevokeManifest {
  readonly url: string;
  readonly method: 'POST' | 'DELETE';
  /** What ends: this token and what was refreshed from it; all that this user granted; or what the whole workspace granted. */
  readonly scope: 'token' | 'user' | 'workspace';
  readonly tokenIn: 'header' | 'form';
  /** Which tokens are sent, a request each. Unless it says so: of a form both, of a header the access token. */
  readonly tokens?: 'access' | 'refresh' | 'both';
  /** How the app shows who it is. Unless it says so: with a form as at the token endpoint, with a header not at all. */
  readonly clientAuth?: 'body' | 'basic' | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

/** Who may use which tools, decided on facts of the principal before anything is sent. */
export interface AccessManifest {
  readonly id: string;
  readonly applies: 'all' | 'writes' | readonly string[];
  /** Fact → the value, or one of the values, that it must have. */
  readonly require: Readonly<Record<string, Json>>;
  readonly reason: string;
}

export interface ErrorRuleManifest {
  readonly when: Readonly<Record<string, Json>>;
  readonly code: ProviderFailureCode;
  /** Ask the identity endpoint before believing it. */
  readonly probe?: boolean;
  /** Repeat a read once at the path that the Link header of this relation names. */
  readonly followLink?: string;
}

/** Where an error body keeps what is worth telling. */
export interface ErrorDetailManifest {
  readonly message?: string;
  readonly code?: string;
  readonly field?: string;
  readonly requestId?: string;
}

export interface PaginationManifest {
  readonly type: 'cursor';
  readonly in: 'body' | 'query';
  readonly param: string;
  readonly limit: string;
  readonly maxPerPage: number;
  readonly items: string;
  readonly next: string;
  readonly hasMore?: string;
  readonly total?: string;
}

export interface ToolManifest {
  readonly title: string;
  /** Other names that callers may use for it: what another product's catalogue calls the same tool. */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly scopes?: readonly string[];
  readonly input: InputManifest;
  readonly inputRules?: InputRules;
  readonly audit: AuditManifest;
  readonly steps?: readonly StepManifest[];
  readonly request: RequestManifest;
  readonly paginate?: string;
  readonly output: OutputManifest;
}

/** JSON Schema of a tool's arguments, in the subset that every model understands. */
export type InputManifest = {
  readonly type: 'object';
  readonly properties?: { readonly [name: string]: PropertyManifest };
  readonly required?: readonly string[];
};

export type PropertyManifest = {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly (string | number | boolean)[];
  readonly default?: Json;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: 'date-time' | 'date' | 'email';
  readonly items?: PropertyManifest;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: { readonly [name: string]: PropertyManifest };
  readonly required?: readonly string[];
};

export interface ToolAnnotations {
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
  /** A person should agree before each call. */
  readonly confirm?: boolean;
}

/** Rules between arguments, which the schema subset that every model understands cannot say. */
export interface InputRules {
  readonly exclusive?: readonly (readonly string[])[];
  readonly atLeastOne?: readonly string[];
}

export interface AuditManifest {
  /** Every free-text argument needs a rule; others are kept unless one says otherwise. */
  readonly arguments?: Readonly<Record<string, 'keep' | 'redact'>>;
  /** Projection of the tool's own result for the audit trail. */
  readonly result: Json;
}

export interface RequestManifest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, Json>>;
  readonly body?: Json;
}

/** A read that comes before the request. */
export interface StepManifest {
  readonly id: string;
  readonly when?: Json;
  readonly request: RequestManifest;
  readonly lookup?: LookupManifest;
  readonly output: Json;
}

/** Finds the one element of a list that a person means. */
export interface LookupManifest {
  readonly items: string;
  /** The argument that names it. */
  readonly argument: string;
  /** Paths in an element that may equal the argument, letter case apart. */
  readonly keys: readonly string[];
  /** What an element is called in messages: "teammate". */
  readonly noun: string;
  readonly id: string;
  readonly name: string;
}

export type OutputManifest =
  | { readonly value: Json; readonly require?: readonly string[] }
  /** For a paginated tool: the name of the list and the projection of one element. */
  | { readonly list: string; readonly items: Json };
