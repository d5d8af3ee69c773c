import { AgentSessions, type AgentProgram, type AgentSubject } from '#app/identity';
import { Injectable } from '@nestjs/common';
import type { McpCaller } from './caller.js';
import { mcpSdk } from './mcp-sdk.js';

/** The header in which clients of 2025 give back what the answer to `initialize` gave them. */
export const SESSION_HEADER = 'mcp-session-id';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What is read of a message. It may be anything. */
interface Message {
  readonly method?: unknown;
  readonly params?: { readonly clientInfo?: unknown; readonly _meta?: Readonly<Record<string, unknown>> | null } | null;
}

const LONGEST_NAME = 100;
const LONGEST_VERSION = 50;

/**
 * Which program makes a call, by its own word: clients of 2026 say so in each request, those of 2025 when they begin. Goes into the
 * trail, and decides nothing.
 */
@Injectable()
export class CallingPrograms {
  constructor(private readonly sessions: AgentSessions) {}

  async of(caller: McpCaller, headers: Headers, message: unknown): Promise<AgentProgram | null> {
    const named = programIn((message as Message | null)?.params?._meta?.[mcpSdk().CLIENT_INFO_META_KEY]);
    const session = headers[SESSION_HEADER];
    if (named !== null || typeof session !== 'string') return named;
    return this.sessions.programIn(session, subjectOf(caller));
  }

  /** The session that a message begins, for its answer; null when it begins none. */
  async begunBy(caller: McpCaller, message: unknown): Promise<string | null> {
    const { method, params } = (message ?? {}) as Message;
    const program = method === 'initialize' ? programIn(params?.clientInfo) : null;
    return program === null ? null : this.sessions.begin(subjectOf(caller), program);
  }
}

const subjectOf = ({ tenantId, identifier, resource, agent, client }: McpCaller): AgentSubject => ({
  tenantId,
  identifier,
  audience: resource.baseUrl,
  agent: agent ?? client.clientId,
});

function programIn(value: unknown): AgentProgram | null {
  const { name, version } = (value ?? {}) as { name?: unknown; version?: unknown };
  if (typeof name !== 'string' || name === '') return null;
  return {
    name: name.slice(0, LONGEST_NAME),
    version: typeof version === 'string' ? version.slice(0, LONGEST_VERSION) : '',
  };
}
