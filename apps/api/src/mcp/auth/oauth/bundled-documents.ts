const loopback = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] };

/** As their publishers show them at these addresses; for installations that reach nothing outside. */
export const BUNDLED_DOCUMENTS: Readonly<Record<string, object>> = {
  'https://claude.ai/oauth/claude-code-client-metadata': {
    client_id: 'https://claude.ai/oauth/claude-code-client-metadata',
    client_name: 'Claude Code',
    client_uri: 'https://claude.ai',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    ...loopback,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  },
  'https://chatgpt.com/oauth/codex/client.json': {
    client_id: 'https://chatgpt.com/oauth/codex/client.json',
    client_name: 'Codex',
    client_uri: 'https://chatgpt.com',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    ...loopback,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  },
  'https://vscode.dev/oauth/client-metadata.json': {
    client_id: 'https://vscode.dev/oauth/client-metadata.json',
    client_name: 'Visual Studio Code',
    client_uri: 'https://vscode.dev/product',
    redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
    ...loopback,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  },
};
