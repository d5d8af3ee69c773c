import { join } from 'node:path';
import { bearer, type Client } from './client.js';

export const cursor: Client = {
  id: 'cursor',
  title: 'Cursor',
  format: 'json',
  serversKey: 'mcpServers',
  usualScope: 'user',
  ownKeys: ['url'],
  file: (scope, { home, project }) => join(scope === 'project' ? project : home, '.cursor', 'mcp.json'),
  entry: (server) => ({ url: server.url, ...bearer(server, (name) => `\${env:${name}}`) }),
  next: ({ name, tokenEnv }) =>
    tokenEnv === null
      ? `Open Cursor's settings, "Tools & MCP", and sign in at ${name}.`
      : `${tokenEnv} has to be set where Cursor is started. Then restart it.`,
  fault: ({ headers }) =>
    /\$(?!\{env:\w+\})/.test(JSON.stringify(headers ?? {}))
      ? 'Cursor knows a variable as ${env:NAME} only, and sends anything else as it stands.'
      : null,
};
