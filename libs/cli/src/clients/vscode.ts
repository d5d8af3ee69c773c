import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { bearer, type Client } from './client.js';

/** VS Code asks its user for a token and keeps it: what stands in the file is the name of the question. */
export const vscode: Client = {
  id: 'vscode',
  title: 'VS Code',
  format: 'json',
  serversKey: 'servers',
  usualScope: 'project',
  ownKeys: ['type', 'url'],
  file: (scope, machine) =>
    scope === 'project' ? join(machine.project, '.vscode', 'mcp.json') : join(userFolder(machine), 'mcp.json'),
  entry: (server) => ({ type: 'http', url: server.url, ...bearer(server, (name) => `\${input:${name}}`) }),
  besides: ({ name, tokenEnv }) =>
    tokenEnv === null
      ? null
      : {
          key: 'inputs',
          id: tokenEnv,
          value: { type: 'promptString', id: tokenEnv, description: `Token for ${name}`, password: true },
        },
  next: ({ name, tokenEnv }) =>
    `Run "MCP: List Servers" in VS Code and start ${name}. ` +
    (tokenEnv === null ? 'It signs you in.' : `It asks for the token once (as ${tokenEnv}) and keeps it.`),
  fault: ({ type }) => (type === 'http' ? null : 'VS Code needs "type": "http".'),
};

function userFolder({ home, platform, env }: Machine): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Code', 'User');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Code', 'User');
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'Code', 'User');
}
