import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppConfig } from '#app/config';
import { EgressClient } from '#app/egress';
import { ClientDocuments } from './client-documents.js';

type Mode = AppConfig['mcp']['clientDocuments'];

describe('documents of clients', () => {
  let server: Server;
  let host: string;
  let egress: EgressClient;
  let answer: (response: ServerResponse) => void;
  let asked: string[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    egress = new EgressClient({ allow: [host], proxies: null });
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(async () => {
    server.closeAllConnections();
    await egress.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const documents = (clientDocuments: Mode = 'on', client = egress): ClientDocuments =>
    new ClientDocuments(client, { mcp: { clientDocuments } } as AppConfig);

  it('are read as a registration is: what no server takes is left out', async () => {
    const address = `http://${host}/client.json`;
    const document = {
      client_id: address,
      client_name: 'Agent',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      scope: 'everything',
      logo_uri: 'http://10.0.0.1/logo.png',
    };
    answer = (response) => response.setHeader('cache-control', 'max-age=60').end(JSON.stringify(document));
    const found = await documents().fetch(address);
    expect(found.headers.get('cache-control')).toBe('max-age=60');
    expect(await found.json()).toEqual({
      client_id: address,
      client_name: 'Agent',
      redirect_uris: ['http://127.0.0.1/callback'],
      application_type: 'native',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['redirects', (response) => response.writeHead(302, { location: 'http://127.0.0.1/else' }).end()],
    ['is huge', (response) => response.end('x'.repeat(6_000))],
    ['never answers', () => undefined],
    ['breaks off', (response) => response.destroy()],
  ])('are not had from a server that %s, and it is asked once', async (_what, hostile) => {
    answer = hostile;
    await expect(documents().fetch(`http://${host}/client.json`)).rejects.toThrow(/\S/);
    expect(asked).toEqual(['/client.json']);
  });

  it.each([
    'https://127.0.0.1/client.json',
    'https://localhost/client.json',
    'https://10.0.0.1/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/client.json',
    'https://[::ffff:10.0.0.1]/client.json',
    'https://0x7f000001/client.json',
  ])('are not looked for within the network: %s', async (address) => {
    // Refused, and not merely out of reach: nothing listens at most of them
    await expect(documents().fetch(address)).rejects.toMatchObject({ kind: 'refused', sent: false });
  });

  it('of well-known clients come with Gatehouse, and nothing leaves for them', async () => {
    const address = 'https://claude.ai/oauth/claude-code-client-metadata';
    expect(await (await documents('bundled').fetch(address)).json()).toMatchObject({ client_id: address });
  });

  it.each<[Mode, boolean, boolean, boolean]>([
    ['on', true, true, true],
    ['bundled', true, true, false],
    ['off', false, true, false],
  ])('are switched by the operator: %s', (mode, accepted, known, others) => {
    const own = documents(mode);
    expect(own.accepted).toBe(accepted);
    expect(own.mayFetch('https://vscode.dev/oauth/client-metadata.json')).toBe(known);
    expect(own.mayFetch('https://agents.example/client.json')).toBe(others);
  });
});
