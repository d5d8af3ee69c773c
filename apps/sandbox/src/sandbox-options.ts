import type { Clock } from '#app/kernel';

export interface SandboxOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the state is kept between runs; null keeps it in memory. */
  readonly stateFile: string | null;
  readonly clock?: Clock;
  /** The OAuth app that may ask for consent. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** How the consent page calls that app. */
  readonly appName?: string;
  /** The registered redirect URIs, the first being the default; without it any http(s) URL will do. */
  readonly redirectUris?: readonly string[];
  /** Requests per app and workspace in a window of ten seconds; Intercom's own number by default. */
  readonly requestsPerWindow?: number;
}
