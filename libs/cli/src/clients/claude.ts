import { join } from 'node:path';
import { bearer, type Client } from './client.js';

export const claude: Client = {
  id: 'claude',
  title: 'Claude Code',
  format: 'json',
  serversKey: 'mcpServers',
  usualScope: 'project',
  ownKeys: ['type', 'url'],
  file: (scope, { home, project, env }) =>
    scope === 'project' ? join(project, '.mcp.json') : join(env['CLAUDE_CONFIG_DIR'] ?? home, '.claude.json'),
  entry: (server) => ({ type: 'http', url: server.url, ...bearer(server, (name) => `\${${name}}`) }),
  next: ({ name, tokenEnv }, scope) =>
    [
      scope === 'project' ? 'Start `claude` in this folder and approve the server.' : 'Start `claude` anew.',
      tokenEnv === null
        ? `Sign in with /mcp, or with \`claude mcp login ${name}\`.`
        : `${tokenEnv} has to be set where it is started.`,
    ].join(' '),
  fault: ({ type }) =>
    type === 'http' ? null : 'Claude Code needs "type": "http": without it the entry is taken for a program to start.',
};
