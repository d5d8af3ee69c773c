import { join } from 'node:path';
import type { Client } from './client.js';

export const codex: Client = {
  id: 'codex',
  title: 'Codex',
  format: 'toml',
  serversKey: 'mcp_servers',
  usualScope: 'user',
  ownKeys: ['url', 'bearer_token_env_var', 'auth_env'],
  file: (scope, { home, project, env }) =>
    scope === 'project'
      ? join(project, '.codex', 'config.toml')
      : join(env['CODEX_HOME'] ?? join(home, '.codex'), 'config.toml'),
  entry: ({ url, tokenEnv }) => ({ url, ...(tokenEnv === null ? {} : { bearer_token_env_var: tokenEnv }) }),
  next: ({ name, tokenEnv }, scope) =>
    [
      tokenEnv === null
        ? `Sign in with \`codex mcp login ${name}\`.`
        : `${tokenEnv} has to be set where Codex is started.`,
      scope === 'project' ? 'Codex reads this file in projects that it trusts.' : '',
    ]
      .join(' ')
      .trim(),
  fault: (entry) =>
    'auth_env' in entry ? 'Codex does not know "auth_env" and ignores it: the key is "bearer_token_env_var".' : null,
};
