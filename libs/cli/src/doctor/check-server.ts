import { ask, jsonOf, type Reply } from './ask.js';
import { fault, fine, type Finding } from './finding.js';
import { OPENING, sendMcp } from './mcp-request.js';

const CLOCK_TOLERANCE_MS = 60_000;

/** Whether there is a server at the URL that asks its users to sign in, and whether clients find out where. */
export async function* checkServer(url: string, now: number): AsyncGenerator<Finding> {
  const reply = await sendMcp(url, null, 'initialize', OPENING);
  if ('unreachable' in reply)
    return yield fault(
      `${url} can't be reached: ${reply.unreachable}.`,
      'Check the URL, the network, and that the server runs.',
    );
  yield* checkClock(reply, now);
  if (reply.status !== 401) return yield unexpected(url, reply);
  yield fine(`${url} is there and asks for a sign-in.`);
  yield* checkMetadata(url, reply);
}

function* checkClock({ headers }: Reply, now: number): Generator<Finding> {
  const theirs = Date.parse(headers.get('date') ?? '');
  const apart = Math.abs(theirs - now);
  if (!(apart > CLOCK_TOLERANCE_MS)) return;
  const text = `The clocks of this computer and of the server are ${Math.round(apart / 1000)} seconds apart.`;
  yield fault(text, 'Set the one that is wrong: tokens are taken for expired, or for not valid yet.');
}

function unexpected(url: string, reply: Reply): Finding {
  const { status, headers } = reply;
  const said = jsonOf(reply)?.['detail'];
  if (status === 404)
    return fault(
      `There is no MCP server at ${url}.`,
      'Check the name of the connection in the URL. A toolset is at /mcp/….',
    );
  if (status >= 300 && status < 400)
    return fault(
      `${url} redirects to ${headers.get('location')}.`,
      'Use that URL: clients do not follow redirects with a token.',
    );
  if (status === 403)
    return fault(`${url} refuses the request.`, 'Use the host name that the server is configured with (PUBLIC_URL).');
  if (status < 300)
    return fault(
      `${url} does not ask for a sign-in.`,
      'This is no Gatehouse server, or something on the way adds a token.',
    );
  const text = `${url} answers with ${status}${typeof said === 'string' ? ` (${said})` : ''}, and not as an MCP server does.`;
  return fault(
    text,
    status >= 500 ? 'Look at the log of the server.' : 'Check the URL, and what stands before the server.',
  );
}

async function* checkMetadata(url: string, { headers }: Reply): AsyncGenerator<Finding> {
  const named = /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1];
  if (named === undefined)
    yield fault(
      'The refusal does not say where to sign in: it has no WWW-Authenticate header with resource_metadata.',
      'Let the proxy before the server pass WWW-Authenticate on. Some clients find no other way.',
    );
  const { origin, pathname } = new URL(url);
  const address = named ?? `${origin}/.well-known/oauth-protected-resource${pathname}`;
  const metadata = await readJson(address);
  if (metadata === null)
    return yield fault(`${address} can't be read.`, 'Let the proxy before the server pass /.well-known/ on to it.');
  if (metadata['resource'] !== url)
    yield fault(
      `The server calls itself ${String(metadata['resource'])}, not ${url}. Clients compare the two to the byte.`,
      'Use the URL that it calls itself, or mend PUBLIC_URL of the server.',
    );
  const [issuer] = Array.isArray(metadata['authorization_servers'])
    ? (metadata['authorization_servers'] as unknown[])
    : [];
  yield* checkIssuer(String(issuer));
}

async function* checkIssuer(issuer: string): AsyncGenerator<Finding> {
  const metadata = await readJson(`${issuer}/.well-known/oauth-authorization-server`);
  if (metadata === null)
    return yield fault(
      `The OAuth server ${issuer} does not describe itself.`,
      'Let the proxy before the server pass /.well-known/ on to it, and mend PUBLIC_URL if the host is wrong.',
    );
  if (metadata['issuer'] !== issuer)
    return yield fault(
      `The OAuth server calls itself ${String(metadata['issuer'])}, not ${issuer}.`,
      'Mend PUBLIC_URL of the server.',
    );
  const methods = metadata['code_challenge_methods_supported'];
  if (!Array.isArray(methods) || !methods.includes('S256'))
    return yield fault(`The OAuth server ${issuer} does not offer PKCE.`, 'It is none that coding agents can use.');
  yield fine(`Users sign in at ${issuer}.`);
}

async function readJson(url: string): Promise<Readonly<Record<string, unknown>> | null> {
  if (!URL.canParse(url)) return null;
  const reply = await ask(url);
  return 'unreachable' in reply || reply.status !== 200 ? null : jsonOf(reply);
}
