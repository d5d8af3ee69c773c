import { join } from 'node:path';
import { bearer, type Client } from './client.js';

export const gemini: Client = {
  id: 'gemini',
  title: 'Gemini CLI',
  format: 'json',
  serversKey: 'mcpServers',
  usualScope: 'user',
  // Older ones knew the URL by the second name, which would win over ours
  ownKeys: ['type', 'url', 'httpUrl'],
  file: (scope, { home, project }) => join(scope === 'project' ? project : home, '.gemini', 'settings.json'),
  entry: (server) => ({ type: 'http', url: server.url, ...bearer(server, (name) => `\${${name}}`) }),
  next: ({ name, tokenEnv }) =>
    tokenEnv === null
      ? `Start \`gemini\` in a folder that it trusts and sign in with \`/mcp auth ${name}\`.`
      : `${tokenEnv} has to be set where \`gemini\` is started, in a folder that it trusts.`,
};
