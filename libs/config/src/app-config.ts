import type { Secret } from '#app/kernel';
import type { MasterKeyConfig } from './master-key-config.js';

/**
 * The whole configuration of a process, read once from the environment and frozen. Nothing else reads `process.env`.
 */
export interface AppConfig {
  readonly production: boolean;
  readonly http: {
    readonly host: string;
    /** 0 lets the system choose (tests). */
    readonly port: number;
    /** Base of links, redirect URIs and the token issuer; no slash at its end. */
    readonly publicUrl: string;
    /** Certificate chain and private key, PEM, for TLS on the port; null for cleartext. */
    readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
  };
  readonly database: {
    /** Postgres URL, or null for the embedded server under {@link AppConfig.dataDir}. */
    readonly url: string | null;
    /** The two logins as which requests are served, where an administrator made them; else the owner of `url` makes them. */
    readonly logins: { readonly app: string; readonly system: string } | null;
    readonly poolSize: number;
  };
  /** Absolute path of the embedded database, generated keys and the sandbox's state. */
  readonly dataDir: string;
  /** Where the built-in and the operator's connector manifests are: absolute folders. */
  readonly connectorDirs: readonly string[];
  readonly masterKey: MasterKeyConfig;
  /** Master keys that may unwrap beside it, while one is changed for another. */
  readonly otherMasterKeys: {
    readonly next: readonly MasterKeyConfig[];
    readonly previous: readonly MasterKeyConfig[];
  };
  readonly bootstrapClient: { readonly id: string | null; readonly secret: Secret | null };
  /** The real Intercom app, or null when it isn't configured. */
  readonly intercom: ProviderAppConfig | null;
  /** Whether MCP clients may name themselves by the URL of a document: any, those that are part of the installation, or none. */
  readonly mcp: { readonly clientDocuments: 'on' | 'bundled' | 'off' };
  /** Run the sandbox provider and point the connection `intercom` at it. */
  readonly sandbox: { readonly enabled: boolean; readonly port: number };
  readonly egress: {
    /** Extra `host`, `host:port` or `*.suffix` patterns let through although they are loopback or private. */
    readonly allow: readonly string[];
    /** The proxies that requests to providers go through; null without any. */
    readonly proxies: ProxiesConfig | null;
  };
  readonly audit: { readonly retentionDays: number };
  readonly tools: {
    /** Longest time a tool call may take, all retries and waiting included. */
    readonly deadlineMs: number;
    /** Largest provider answer that is read. */
    readonly maxResponseBytes: number;
    /** Tool calls that one API client may make in a minute on this node; null for any number. */
    readonly callsPerMinute: number | null;
  };
  readonly oauth: { readonly linkTtlMs: number; readonly exchangeTimeoutMs: number };
  readonly logLevel: LogLevel;
}

export interface ProxiesConfig {
  /** For https destinations. */
  readonly https: ProxyServerConfig | null;
  /** For http destinations. */
  readonly http: ProxyServerConfig | null;
  /** Hosts that are reached directly: `host`, `host:port`, `.suffix` or `*`. This machine itself always is. */
  readonly except: readonly string[];
  /** Whether the proxy is given names to resolve, instead of the addresses that were checked here. */
  readonly resolveNames: boolean;
}

export interface ProxyServerConfig {
  /** Whether the proxy itself is spoken to by TLS. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly login: { readonly username: string; readonly password: Secret } | null;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface ProviderAppConfig {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** URLs that replace those of the manifest. */
  readonly endpoints: EndpointOverrides;
}

export interface EndpointOverrides {
  readonly authorizeUrl?: string;
  readonly tokenUrl?: string;
  readonly apiUrl?: string;
  readonly revokeUrl?: string;
}
