import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { ConnectorFailure, loadConnectors, runTool, summarizeResult } from '#app/connector-kit';
import { EgressClient } from '#app/egress';
import { Secret, systemClock, type JsonObject } from '#app/kernel';
import { AuthorisedHttp } from './authorised-http.js';

const TOKEN = 'dG9rOmNhbmFyeV8wMTIzNDU2Nzg5';
const TARGET = {
  baseUrl: new URL('https://api.acme.example/'),
  allowedHosts: ['acme.example'],
  inject: { header: 'authorization', prefix: 'Bearer ' },
  maxResponseBytes: 1000,
};

describe('AuthorisedHttp', () => {
  const http = new AuthorisedHttp(new EgressClient({ allow: [] }), TARGET, new Secret(TOKEN));

  it('V11 takes its credential out of any text, without showing it', () => {
    expect(http.redact(`for ${TOKEN}, twice ${TOKEN}`)).toBe('for [redacted], twice [redacted]');
    expect(http.redact('for somebody else, and much longer than a token')).toBe(
      'for somebody else, and much longer than a token',
    );
    expect(inspect(http, { depth: 10, showHidden: true })).not.toContain(TOKEN);
    expect(JSON.stringify(http)).not.toContain(TOKEN);
  });

  it('redacts where the function is passed on by itself', () => {
    const { redact } = http;
    expect(redact(TOKEN)).toBe('[redacted]');
  });
});

describe('V11 a token that a provider echoes, escaped so that no search of the bytes finds it', () => {
  const connector = loadConnectors([fileURLToPath(new URL('../../../connectors', import.meta.url))]).get('intercom');
  const principal = { id: '1', label: null, tenant: 'w', facts: {}, params: {} };
  let server: Server;
  let egress: EgressClient;
  let answer = { status: 200, body: '' };

  beforeAll(async () => {
    server = createServer((_request, response) =>
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    egress = new EgressClient({ allow: [host()] });
  });
  afterAll(async () => {
    await egress.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function call(name: string, args: JsonObject): Promise<unknown> {
    const tool = connector?.tools.get(name);
    if (!connector || !tool) throw new Error(`no tool ${name}`);
    const target = { ...TARGET, baseUrl: new URL(`http://${host()}/`), allowedHosts: [host()], maxResponseBytes: 1e6 };
    const http = new AuthorisedHttp(egress, target, new Secret(TOKEN));
    const account = { params: {}, principal };
    const deadline = systemClock.now() + 5000;
    const sleep = async () => undefined;
    const { data } = await runTool({ connector, tool, args, account, http, clock: systemClock, deadline, sleep });
    return { data, audit: summarizeResult(tool, data) };
  }

  const escaped = Array.from(TOKEN)
    .map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
    .join('');
  const entities = Array.from(TOKEN)
    .map((letter) => `&#${letter.charCodeAt(0)};`)
    .join('');
  const invisible = Array.from(TOKEN).join('\\u200b');
  const READ = ['intercom_conversation_get', { conversation_id: '7', parts_limit: 5 }] as const;
  const CONTACT = ['intercom_contact_get', { contact_id: '0'.repeat(24) }] as const;

  it.each([
    ['in a title', READ, 200, `{"id":"7","title":"${escaped}"}`],
    ['in a key', CONTACT, 200, `{"id":"7","custom_attributes":{"${escaped}":1}}`],
    ['as entities', READ, 200, `{"id":"7","source":{"body":"<p>${entities}</p>"}}`],
    ['with invisible characters', READ, 200, `{"id":"7","title":"${invisible}"}`],
    ['in an id', READ, 200, `{"id":"${escaped}"}`],
    ['in the message of a 400', READ, 400, `{"errors":[{"code":"${escaped}","message":"for ${escaped}"}]}`],
    ['in the message of a 500', READ, 500, `{"errors":[{"code":"x","message":"for ${invisible}"}]}`],
  ] as const)('%s comes out redacted', async (_, [name, args], status, body) => {
    answer = { status, body };
    const outcome = await call(name, args).catch((error: unknown) => error);
    expect(outcome instanceof ConnectorFailure).toBe(status !== 200);
    const shown = inspect(outcome, { depth: 20 });
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain(TOKEN.slice(0, 8));
  });
});
