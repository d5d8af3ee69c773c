import type { JsonObject } from '#app/kernel';
import type { ArgumentsCheck } from './arguments/validate-arguments.js';
import type { ErrorAnswer, ErrorRules } from './failure/error-rules.js';
import type {
  AccessManifest,
  HttpManifest,
  OAuth2Manifest,
  PaginationManifest,
  ParamManifest,
  RefreshVerdict,
  ToolAnnotations,
  ToolManifest,
  VarManifest,
} from './manifest/manifest.js';
import type { Pagination } from './run/pagination.js';
import type { Project } from './projection/compile-projection.js';
import type { RequestPlan } from './run/request-plan.js';
import type { Step } from './run/step.js';
import type { JsonPath } from './json/json-path.js';
import type { Render } from './template/scope.js';

/** A connector, ready to run: what its manifest says, checked and compiled. Immutable and shared by all tenants. */
export interface Connector {
  /** `intercom` */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly categories: readonly string[];
  readonly docs: string | null;
  readonly status: 'beta' | 'stable';
  readonly apiVersion: string | null;
  readonly http: HttpSettings;
  readonly params: Readonly<Record<string, ParamManifest>>;
  readonly vars: Readonly<Record<string, VarManifest>>;
  readonly auth: OAuth2Auth;
  readonly access: readonly AccessRule[];
  /** By name. */
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  readonly errors: ErrorRules;
}

export interface HttpSettings extends HttpManifest {
  readonly headers: Readonly<Record<string, string>>;
  /** Of one request. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly renderBaseUrl: Render;
}

export type AccessRule = AccessManifest;

/** How a user of the provider authorises us. URLs come from `resolveAuthUrls`, since they may depend on the account's region. */
export interface OAuth2Auth {
  readonly id: string;
  readonly kind: 'oauth2';
  /** As whom a credential acts. */
  readonly principal: OAuth2Manifest['principal'];
  /** `never`: there is no refresh; `expires_in`: the token answer says; `on_401`: only a refusal tells. */
  readonly expiry: OAuth2Manifest['expiry'];
  readonly authorize: {
    readonly params: Readonly<Record<string, string>>;
    /** Null where the provider has no such parameter (Intercom: permissions are set on the app). */
    readonly scopeParam: string | null;
    readonly scopeSeparator: string;
    readonly pkce: 'S256' | 'none';
    readonly hosts: readonly string[];
    readonly renderUrl: Render;
    /** What the authorization server calls itself; null where the manifest does not say. */
    readonly renderIssuer: Render | null;
    /** Whether every answer names the issuer (RFC 9207). */
    readonly answersWithIssuer: boolean;
  };
  readonly token: {
    readonly clientAuth: 'body' | 'basic';
    readonly encoding: 'form' | 'json';
    readonly extra: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly map: TokenMap;
    readonly capture: Readonly<Record<string, JsonPath>>;
    readonly renderUrl: Render;
  };
  /** Null where the provider has no refresh tokens. */
  readonly refresh: RefreshSettings | null;
  /** Asked for when the connection names none. */
  readonly defaultScopes: readonly string[];
  /** Where the credential goes: header name in lower case, and what stands before it ("Bearer "). */
  readonly inject: { readonly header: string; readonly prefix: string };
  readonly identity: IdentityPlan;
  readonly revoke: RevokeSettings | null;
  /** Null where the provider posts nothing. */
  readonly signals: SignalSettings | null;
}

export interface SignalSettings {
  readonly signature: {
    readonly algorithm: 'sha1' | 'sha256';
    readonly header: string;
    readonly prefix: string;
  } | null;
  readonly workspace: JsonPath | null;
}

export interface TokenMap {
  readonly accessToken: JsonPath;
  readonly refreshToken: JsonPath;
  readonly expiresIn: JsonPath;
  readonly scope: JsonPath;
}

/** How a refresh token is redeemed, and what that does to it. */
export interface RefreshSettings {
  readonly rotates: boolean;
  /** For how long a refresh token that was redeemed may be redeemed again without harm; 0 where it must not be. */
  readonly graceMs: number;
  /** Whether a refresh ends the access token from before it. */
  readonly endsAccessToken: boolean;
  /** After how long a refresh token that nobody uses dies; null where it does not. */
  readonly idleMs: number | null;
  readonly scopeParam: string | null;
  readonly extra: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly map: TokenMap;
  readonly renderUrl: Render;
  /** What an answer says that brings no token; null for a success that no rule knows to be a refusal. */
  readonly judge: (answer: ErrorAnswer) => RefreshVerdict | null;
}

export interface RevokeSettings {
  readonly method: 'POST' | 'DELETE';
  /** What ends: this token and what was refreshed from it; all that this user granted; or what the whole workspace granted. */
  readonly scope: 'token' | 'user' | 'workspace';
  /** `header`: the token goes where `inject` says; `form`: RFC 7009. */
  readonly tokenIn: 'header' | 'form';
  readonly tokens: 'access' | 'refresh' | 'both';
  readonly clientAuth: 'body' | 'basic' | 'none';
  readonly headers: Readonly<Record<string, string>>;
  readonly renderUrl: Render;
}

export interface IdentityPlan {
  readonly request: RequestPlan;
  readonly project: Project;
  /** Which of `id` and `tenant` must be in the answer. */
  readonly required: readonly ('id' | 'tenant')[];
}

/** A tool as agents see it, and what the engine needs to run it. */
export interface ToolDefinition {
  /** `tol_…`, derived from the name: the same on every installation. */
  readonly id: string;
  readonly name: string;
  /** Other names by which it can be called. It is listed, decided on and recorded by its own. */
  readonly aliases: readonly string[];
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the arguments, in the subset that all models understand. */
  readonly inputSchema: JsonObject;
  readonly annotations: ToolAnnotations;
  /** What the user must have granted, in the provider's words. */
  readonly scopes: readonly string[];
  readonly arguments: ArgumentsCheck;
  readonly audit: AuditRules;
  readonly plan: ToolPlan;
  /** What all of that was made from. */
  readonly source: ToolSource;
}

/** Everything in a manifest that has a say in what a tool does: whatever changes in the tool, changes here. */
export interface ToolSource {
  readonly tool: ToolManifest;
  readonly http: Pick<HttpManifest, 'baseUrl' | 'hosts' | 'headers'>;
  readonly params: Readonly<Record<string, ParamManifest>>;
  readonly vars: Readonly<Record<string, VarManifest>>;
  /** How its pages are asked for, when it has any. */
  readonly pagination: PaginationManifest | null;
}

export interface AuditRules {
  /** Arguments whose text stays out of the audit trail. */
  readonly redacted: ReadonlySet<string>;
  readonly projectResult: Project;
}

export interface ToolPlan {
  readonly steps: readonly Step[];
  readonly request: RequestPlan;
  readonly output: ToolOutput;
}

export type ToolOutput =
  | { readonly kind: 'value'; readonly project: Project; readonly required: readonly JsonPath[] }
  | { readonly kind: 'list'; readonly name: string; readonly project: Project; readonly pagination: Pagination };
