import { CLIENTS } from '../clients/all-clients.js';
import type { ClientId } from '../clients/client.js';
import type { Server } from '../server.js';

/** A way to tell a client of a server by one click or by a line in a terminal. */
export interface Installation {
  readonly client: ClientId;
  readonly title: string;
  /** Opens the client, which asks its user; null when the client has no such links. */
  readonly link: string | null;
  /** For a terminal; null when the client has no such command. */
  readonly command: string | null;
}

/** For a server that signs its users in: nothing secret may be in a link or a command. */
export function installations({ name, url }: Omit<Server, 'tokenEnv'>): Installation[] {
  const found: Record<ClientId, { link?: string; command?: string }> = {
    claude: { command: `claude mcp add --transport http ${quoted(name)} ${quoted(url)}` },
    codex: { command: `codex mcp add ${quoted(name)} --url ${quoted(url)}` },
    gemini: { command: `gemini mcp add --transport http ${quoted(name)} ${quoted(url)}` },
    cursor: { link: cursorLink(name, url) },
    vscode: { link: `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url }))}` },
  };
  return Object.entries(found).map(([client, { link = null, command = null }]) => ({
    client: client as ClientId,
    title: CLIENTS[client as ClientId].title,
    link,
    command,
  }));
}

function cursorLink(name: string, url: string): string {
  const config = Buffer.from(JSON.stringify({ url })).toString('base64');
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${encodeURIComponent(config)}`;
}

/** One word for a shell, whatever is in it. */
const quoted = (text: string): string =>
  /^[\w:/.%@=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
