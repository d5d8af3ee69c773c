import { jsonOf, type Reply } from './ask.js';
import { fault, fine, hint, type Finding } from './finding.js';
import { OPENING, resultOf, sendMcp } from './mcp-request.js';

const NEW_TOKEN = 'Have the back end of your product make another one: POST /api/v1/mcp/configs/{id}/tokens.';

/** What can be read off a token itself. */
export function* checkClaims(url: string, token: string, now: number): Generator<Finding> {
  const { exp, aud } = claimsOf(token);
  if (typeof exp === 'number' && exp * 1000 <= now)
    yield fault(`The token expired at ${new Date(exp * 1000).toISOString()}.`, NEW_TOKEN);
  const audiences = [aud].flat().filter((each) => typeof each === 'string');
  if (audiences.length > 0 && !audiences.some((each) => url === each || url.startsWith(`${each}/`)))
    yield fault(
      `The token was made for ${audiences.join(', ')}, not for ${url}.`,
      `Use it there, or get one for this URL. ${NEW_TOKEN}`,
    );
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return jsonOf({ text } as Reply) ?? {};
}

/** Whether the server takes the token, and what it then offers. */
export async function* checkAccess(url: string, token: string, call: boolean): AsyncGenerator<Finding> {
  const opened = await sendMcp(url, token, 'initialize', OPENING);
  if ('unreachable' in opened) return;
  if (opened.status === 401) {
    const said = jsonOf(opened)?.['detail'];
    return yield fault(typeof said === 'string' ? said : 'The server does not take the token.', NEW_TOKEN);
  }
  if (resultOf(opened) === null)
    return yield fault(`${url} answers with ${opened.status}, and not as an MCP server does.`, 'Check the URL.');
  yield fine('The server takes the token.');
  const listed = await sendMcp(url, token, 'tools/list', {});
  const tools = 'unreachable' in listed ? [] : toolsIn(resultOf(listed));
  if (tools.length === 0)
    return yield fault(
      'The server offers no tools with this token.',
      'Look at what the API client that made it may do.',
    );
  yield fine(`It offers ${tools.length} tools.`);
  if (call) yield* checkAccount(url, token, tools);
}

interface Tool {
  readonly name: string;
  readonly annotations?: { readonly readOnlyHint?: boolean };
  readonly inputSchema?: { readonly required?: readonly string[] };
}

const toolsIn = (result: Readonly<Record<string, unknown>> | null): readonly Tool[] =>
  Array.isArray(result?.['tools']) ? (result['tools'] as Tool[]) : [];

/** Calls a tool that only reads and needs nothing: nobody but the provider can say whether an account works. */
async function* checkAccount(url: string, token: string, tools: readonly Tool[]): AsyncGenerator<Finding> {
  const tool = tools.find(
    ({ annotations, inputSchema }) => annotations?.readOnlyHint === true && (inputSchema?.required ?? []).length === 0,
  );
  if (tool === undefined) return yield hint('There is no tool that could be tried without knowing more.');
  const reply = await sendMcp(url, token, 'tools/call', { name: tool.name, arguments: {} });
  const result = 'unreachable' in reply ? null : resultOf(reply);
  if (result === null)
    return yield fault(`${tool.name} could not be called.`, 'Try again, then look at the log of the server.');
  if (result['isError'] !== true) return yield fine(`${tool.name} works: an account is connected.`);
  const said = textOf(result);
  const link = /https?:\/\/\S+/.exec(said)?.[0];
  if (link !== undefined) yield fault('The user has no connected account.', `Open ${link} as that user.`);
  else yield fault(`${tool.name} failed.`, said);
}

const textOf = ({ content }: Readonly<Record<string, unknown>>): string =>
  Array.isArray(content) ? content.map((each: { text?: string }) => each.text ?? '').join('\n') : '';
