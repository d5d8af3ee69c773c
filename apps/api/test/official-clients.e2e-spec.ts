import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientProvider,
} from '@modelcontextprotocol/client';
import { UnauthorizedError as OldUnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Browser } from '../../demo/src/http.js';
import { Harness } from './harness.js';
import { McpClientApp } from './mcp-client-app.js';
import { call, textOf } from './mcp-clients.js';

const LIST = 'intercom_conversations_list';
const CLAUDE_CODE = 'https://claude.ai/oauth/claude-code-client-metadata';

/** What a program around an official client keeps, in the forms that both generations take. */
class Keeper {
  private readonly kept = new Map<string, unknown>();
  /** Where the client wants its user's browser. */
  asked = '';

  constructor(
    readonly redirectUrl: string,
    readonly clientMetadataUrl?: string,
  ) {}

  readonly clientMetadata = { client_name: 'Official', redirect_uris: [] as string[] };
  readonly state = (): string => 'state-of-the-client';
  readonly clientInformation = () => this.kept.get('client') as undefined;
  readonly saveClientInformation = (client: unknown): void => void this.kept.set('client', client);
  readonly tokens = () => this.kept.get('tokens') as undefined;
  readonly saveTokens = (tokens: unknown): void => void this.kept.set('tokens', tokens);
  readonly codeVerifier = (): string => String(this.kept.get('verifier'));
  readonly saveCodeVerifier = (verifier: string): void => void this.kept.set('verifier', verifier);
  readonly discoveryState = () => this.kept.get('discovery') as undefined;
  readonly saveDiscoveryState = (found: unknown): void => void this.kept.set('discovery', found);
  readonly redirectToAuthorization = (url: URL): void => void (this.asked = url.href);

  get clientId(): string {
    return (this.kept.get('client') as { client_id: string }).client_id;
  }
}

/** One generation: a client that has not signed in, what it says then, and what came back to it at its redirect. */
interface Generation {
  readonly protocol: string;
  readonly refused: new (...given: never[]) => Error;
  readonly make: (
    url: URL,
    keeper: Keeper,
  ) => {
    readonly client: Client | OldClient;
    readonly spoken: () => string | undefined;
    readonly connect: () => Promise<void>;
    readonly finish: (told: URLSearchParams) => Promise<void>;
  };
}

const v1: Generation = {
  protocol: '2025-11-25',
  refused: OldUnauthorizedError,
  make: (url, keeper) => {
    const client = new OldClient({ name: 'old', version: '1' });
    const transport = new OldTransport(url, { authProvider: keeper });
    return {
      client,
      spoken: () => transport.protocolVersion,
      connect: () => client.connect(transport),
      finish: (told) => transport.finishAuth(told.get('code') ?? ''),
    };
  },
};

const v2: Generation = {
  protocol: '2026-07-28',
  refused: UnauthorizedError,
  make: (url, keeper) => {
    const client = new Client({ name: 'modern', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const transport = new StreamableHTTPClientTransport(url, { authProvider: keeper as OAuthClientProvider });
    return {
      client,
      spoken: () => client.getNegotiatedProtocolVersion(),
      connect: () => client.connect(transport),
      finish: (told) => transport.finishAuth(told),
    };
  },
};

/** The official clients from nothing but the URL: refused, registered, signed in, and at work. */
describe('the official client', () => {
  let gate: Harness;
  let app: McpClientApp;
  let teammates: string[];
  beforeAll(async () => {
    gate = await Harness.start();
    app = await McpClientApp.start(gate.url);
    teammates = (await gate.teammates()).filter((each) => each.has_inbox_seat).map(({ id }) => id);
  });
  afterAll(async () => {
    await app.stop();
    await gate.stop();
  });

  /** What was printed for this user, who may not be the only one to sign in at the moment. */
  const codeOf = (user: string) => (): string => {
    const sentence = new RegExp(`sign-in of \\\\"${user}\\\\": (\\d{6})`);
    return gate.log.map((line) => sentence.exec(line)?.[1]).findLast((code) => code !== undefined) ?? '';
  };

  async function useAs(user: string, { protocol, refused, make }: Generation, keeper: Keeper): Promise<string> {
    const url = new URL(`${gate.url}/intercom`);
    keeper.clientMetadata.redirect_uris.push(keeper.redirectUrl);
    const stranger = make(url, keeper);
    await expect(stranger.connect()).rejects.toThrow(refused);
    const back = await app.allow(new Browser(), keeper.asked, user, codeOf(user));
    await stranger.finish(new URL(back.url).searchParams);
    const { client, connect, spoken } = make(url, keeper);
    await connect();
    try {
      expect(spoken()).toBe(protocol);
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain(LIST);
      return textOf(await call(client, LIST, { assigned_to: 'me', limit: 1 }));
    } finally {
      await client.close();
    }
  }

  it.each<[string, Generation, string | undefined]>([
    ['v1, registered by itself', v1, undefined],
    ['v2, registered by itself', v2, undefined],
    ['v2, known by the URL of its document', v2, CLAUDE_CODE],
  ])('%s: each of two users at once signs in, lists, and calls as themselves', async (name, generation, document) => {
    const users = [0, 1].map((which) => ({
      identifier: `${name.replaceAll(/\W+/g, '-')}-${which}`,
      teammate: teammates[which] ?? '',
      keeper: new Keeper(app.redirectUri, document),
    }));
    for (const { identifier, teammate } of users) await gate.connect(identifier, teammate);
    const texts = await Promise.all(users.map(({ identifier, keeper }) => useAs(identifier, generation, keeper)));
    for (const [index, { identifier, teammate, keeper }] of users.entries()) {
      expect(texts[index]).toContain(teammate);
      const calls = await gate.auditEvents(`&type=tool.executed&identifier=${identifier}`);
      const expected = { identifier, principal_id: teammate, tool_name: LIST, source: 'mcp', status: 'success' };
      expect(calls).toEqual([expect.objectContaining(expected)]);
      if (document !== undefined) expect(keeper.clientId).toBe(document);
    }
  });

  const REPLY = 'intercom_conversation_reply';

  /** A client whose user has allowed it to read. */
  async function readerOf(user: string, { refused, make }: Generation, keeper: Keeper) {
    const url = new URL(`${gate.url}/intercom`);
    keeper.clientMetadata.redirect_uris.push(keeper.redirectUrl);
    const browser = new Browser();
    const stranger = make(url, keeper);
    await expect(stranger.connect()).rejects.toThrow(refused);
    const back = await app.allow(browser, keeper.asked, user, codeOf(user));
    await stranger.finish(new URL(back.url).searchParams);
    const reader = make(url, keeper);
    await reader.connect();
    keeper.asked = '';
    return { ...reader, browser };
  }

  it('v2 asks its user for more when a call needs it, keeps what it had, and then makes the call', async () => {
    await gate.connect('steps-up', teammates[0] ?? '');
    const keeper = new Keeper(app.redirectUri);
    const { client, browser, finish } = await readerOf('steps-up', v2, keeper);
    await expect(call(client, REPLY, { conversation_id: '1' })).rejects.toThrow(UnauthorizedError);
    expect(new URL(keeper.asked).searchParams.get('scope')?.split(' ')).toEqual(
      expect.arrayContaining(['mcp:read', 'mcp:write']),
    );
    const back = await app.allow(browser, keeper.asked, 'steps-up', codeOf('steps-up'));
    await finish(new URL(back.url).searchParams);
    // Let through to where its arguments are looked at
    expect(textOf(await call(client, REPLY, { conversation_id: '1' }))).toContain('invalid_arguments');
    await client.close();
  });

  it('v1, which only refreshes, does not die of that: its model is told where the user can allow more', async () => {
    await gate.connect('refreshes', teammates[0] ?? '');
    const keeper = new Keeper(app.redirectUri);
    const { client } = await readerOf('refreshes', v1, keeper);
    const told = await call(client, REPLY, { conversation_id: '1' });
    expect([told.isError, textOf(told)]).toEqual([true, expect.stringContaining(`${gate.url}/oauth2/apps/`)]);
    expect(keeper.asked).toBe('');
    await client.close();
  });
});
