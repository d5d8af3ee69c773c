import { documentOf, escapeHtml, nameOf } from '../../../rest/connect/page.js';
import type { McpScope } from '../../caller.js';
import { APPS_PATH } from './oauth-paths.js';
import type { SignInOptions } from './sign-in.js';

/** Names of the forms' fields. */
export const FIELDS = {
  proof: 'proof',
  decision: 'decision',
  user: 'user',
  identifier: 'identifier',
  code: 'code',
} as const;

/** The application that asks, as far as it is known. */
export interface AskingAgent {
  readonly name: string;
  /** The host that vouches for the name; null when nobody does. */
  readonly verifiedHost: string | null;
  /** Where the browser goes afterwards. */
  readonly redirectUri: string;
}

export interface SignInPage {
  /** Null when one of our own pages has to know. */
  readonly agent: AskingAgent | null;
  readonly resourceName: string;
  readonly options: SignInOptions;
  readonly proof: string;
  /** Whom a code was made for; null when none was asked for yet. */
  readonly codeFor: string | null;
  readonly wrong: boolean;
}

const hidden = (name: string, value: string): string =>
  `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;

const decide = (value: string, label: string, kind = ''): string =>
  `<button${kind} name="${FIELDS.decision}" value="${value}">${escapeHtml(label)}</button>`;

export function renderSignIn(page: SignInPage): string {
  const { agent, resourceName, options, proof } = page;
  const nothing = options.issuerHost === null && options.sandboxUsers.length === 0 && !options.passcode;
  const parts = nothing
    ? [NO_SIGN_IN]
    : [issuer(page), users(page), page.codeFor === null ? askForCode(page) : askWhatCode(page, page.codeFor)];
  const wrong = page.wrong ? '<p class="who">That was not right. Try again.</p>' : '';
  const why =
    agent === null
      ? `An agent that works for you with ${nameOf(resourceName)} has sent you here. Go on only if you have just asked it for something.`
      : `${nameOf(agent.name)} wants to use ${nameOf(resourceName)} in your name.`;
  const cancel = `<form method="post">${hidden(FIELDS.proof, proof)}${decide('deny', 'Cancel', ' class="second"')}</form>`;
  const body = `<p>${why} Who are you?</p>
${wrong}${parts.join('\n')}
${agent === null ? '' : cancel}`;
  return documentOf({ title: 'Sign in', mood: 'plain', body });
}

const NO_SIGN_IN =
  '<p>Nobody has set up yet how users sign in to this server. Ask for a token instead: the back end of your product makes one.</p>';

function issuer({ options: { issuerHost }, proof }: SignInPage): string {
  if (issuerHost === null) return '';
  return `<form method="post">${hidden(FIELDS.proof, proof)}${decide('issuer', `Sign in at ${issuerHost}`)}</form>`;
}

function users({ options, proof }: SignInPage): string {
  if (options.sandboxUsers.length === 0) return '';
  const buttons = options.sandboxUsers.map(
    (user) => `<button name="${FIELDS.user}" value="${escapeHtml(user)}">${escapeHtml(user)}</button>`,
  );
  return `<p>The sandbox has nothing real in it, so you may be any of its users:</p>
<form method="post">${hidden(FIELDS.proof, proof)}${hidden(FIELDS.decision, 'pick')}${buttons.join('\n')}</form>`;
}

const askForCode = ({ options, proof }: SignInPage): string =>
  options.passcode
    ? `<p>Or say who you are. A code is then printed to the log of this server, as long as it is not in production:</p>
<form method="post">${hidden(FIELDS.proof, proof)}
<input name="${FIELDS.identifier}" maxlength="100" required autocomplete="username" aria-label="Your identifier">
${decide('send', 'Print a code')}</form>`
    : '';

const askWhatCode = ({ proof }: SignInPage, codeFor: string): string =>
  `<p>A code for ${nameOf(codeFor)} is in the log of this server.</p>
<form method="post">${hidden(FIELDS.proof, proof)}${hidden(FIELDS.identifier, codeFor)}
<input name="${FIELDS.code}" inputmode="numeric" maxlength="6" required autocomplete="one-time-code" aria-label="The code">
${decide('code', 'Sign in')}</form>`;

export interface ConsentPage {
  readonly agent: AskingAgent;
  readonly identifier: string;
  readonly tenantName: string;
  readonly resourceName: string;
  readonly scopes: readonly McpScope[];
  readonly proof: string;
}

const IN_WORDS: Readonly<Record<McpScope, string>> = {
  'mcp:read': 'find and read what you can see there',
  'mcp:write': 'make and change things there in your name',
};

/** Says who asks, who vouches for that, where the answer goes, and what it means in words. */
export function renderConsent(page: ConsentPage): string {
  const { agent, identifier, tenantName, resourceName, scopes, proof } = page;
  const list = scopes.map((scope) => `<li>${escapeHtml(IN_WORDS[scope])}</li>`).join('');
  const body = `<p>${nameOf(agent.name)} wants to use ${nameOf(resourceName)} for ${nameOf(identifier)} at ${nameOf(tenantName)}. It will be able to:</p>
<ul>${list}</ul>
<p>${vouching(agent)}</p>
<p>${destination(agent.redirectUri)}</p>
<p>You can end it later at <a href="${APPS_PATH}">Connected applications</a>.</p>
<form method="post">${hidden(FIELDS.proof, proof)}${decide('allow', 'Allow')}
${decide('deny', 'Do not allow', ' class="second"')}
${decide('switch', `I am not ${identifier}`, ' class="second"')}</form>`;
  return documentOf({ title: `Allow ${agent.name}?`, mood: 'plain', body });
}

export interface MorePage extends Pick<ConsentPage, 'identifier' | 'resourceName' | 'scopes' | 'proof'> {
  readonly agentName: string;
}

/** Asks a user for what an application lacks that they have allowed something before. */
export function renderMore({ agentName, identifier, resourceName, scopes, proof }: MorePage): string {
  const list = scopes.map((scope) => `<li>${escapeHtml(IN_WORDS[scope])}</li>`).join('');
  const body = `<p>You have allowed ${nameOf(agentName)} to use ${nameOf(resourceName)} for ${nameOf(identifier)}. It has tried to do more. Do you allow it to:</p>
<ul>${list}</ul>
<p>Go on only if you have just asked it for something like that. It holds from its next request on, until you end it.</p>
<form method="post">${hidden(FIELDS.proof, proof)}${decide('allow', 'Allow')}
${decide('deny', 'Do not allow', ' class="second"')}</form>`;
  return documentOf({ title: `Allow ${agentName} more?`, mood: 'plain', body });
}

const vouching = ({ name, verifiedHost }: AskingAgent): string =>
  verifiedHost === null
    ? `Nobody vouches for the name: any program could call itself ${nameOf(name)}. Go on only if you have just started this yourself.`
    : `The name is vouched for by <code>${escapeHtml(verifiedHost)}</code>.`;

/** A loopback address is whatever program listens there: not even a verified name says which. */
function destination(redirectUri: string): string {
  const { protocol, hostname, host } = new URL(redirectUri);
  if (protocol === 'http:' || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
    return 'The answer goes to a program on this computer. Any program here could have asked: do not go on if you did not start it.';
  if (protocol !== 'https:')
    return `The answer goes to the program that opens <code>${escapeHtml(protocol)}</code> links on this computer.`;
  return `The answer goes to <code>${escapeHtml(host)}</code>.`;
}

/** Without a redirect: see `renderDeparture` of the connect pages. */
export function renderReturn(target: string): string {
  const url = escapeHtml(target);
  return documentOf({
    title: 'Back to the application',
    mood: 'plain',
    head: `<meta http-equiv="refresh" content="0; url=${url}">\n`,
    body: `<p>You are being sent back.</p>\n<p><a class="button" href="${url}" rel="noreferrer">Go on</a></p>`,
  });
}
