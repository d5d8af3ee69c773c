import type { Machine } from '../machine.js';
import type { Server } from '../server.js';

export const CLIENT_IDS = ['claude', 'cursor', 'codex', 'vscode', 'gemini'] as const;
export type ClientId = (typeof CLIENT_IDS)[number];

/** Whether a configuration is a person's own, or lies in a project for all who work on it. */
export const SCOPES = ['user', 'project'] as const;
export type Scope = (typeof SCOPES)[number];

/** Anything that a configuration file holds under a key. */
export type Section = Readonly<Record<string, unknown>>;

/** How one client wants to be told of a server. */
export interface Client {
  readonly id: ClientId;
  readonly title: string;
  readonly format: 'json' | 'toml';
  /** The key that holds the servers. */
  readonly serversKey: string;
  readonly usualScope: Scope;
  /** Keys of an entry that this program decides: what of them it does not write is taken out. Others are the person's own. */
  readonly ownKeys: readonly string[];
  file(scope: Scope, machine: Machine): string;
  entry(server: Server): Section;
  /** What has to stand elsewhere in the file for the entry to work. */
  besides?(server: Server): { readonly key: string; readonly id: string; readonly value: Section } | null;
  /** What the person does next. */
  next(server: Server, scope: Scope): string;
  /** Why an entry that this program did not write can't work; null when it can, as far as can be seen. */
  fault?(entry: Section): string | null;
}

/** The header that carries a token, in the client's own way of naming a variable. */
export const bearer = ({ tokenEnv }: Server, reference: (name: string) => string): Section =>
  tokenEnv === null ? {} : { headers: { Authorization: `Bearer ${reference(tokenEnv)}` } };
