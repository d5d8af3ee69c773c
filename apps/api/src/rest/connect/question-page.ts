import { documentOf, escapeHtml, nameOf } from './page.js';

/** What a user is asked before the browser is sent to the provider. */
export interface Question {
  /** As whom, where and at which provider an account is about to be connected. */
  readonly identifier: string;
  /** Empty when the tenant does not use organizations. */
  readonly organizationId: string;
  readonly tenantName: string;
  readonly provider: string;
  /** Where the user signs in. A tenant can name a place of its own under the provider's name. */
  readonly host: string;
  /** Comes back with the answer, and shows that it is the answer of this page in this browser. */
  readonly proof: string;
}

/** Names of the form's fields. */
export const PROOF = 'proof';
export const DECISION = 'decision';

/**
 * A link may have been sent on, and whoever opens it would connect their own account for somebody else. So the page says for
 * whom, and asks. The form goes back to the address of the page, which is not repeated in it.
 */
export function renderQuestion({ identifier, organizationId, tenantName, provider, host, proof }: Question): string {
  const who = `${nameOf(identifier)}${organizationId === '' ? '' : ` of ${nameOf(organizationId)}`}`;
  const body = `<p>You are about to connect your account at ${nameOf(provider)} for ${who} at ${nameOf(tenantName)}. Is this you?</p>
<p>You will sign in at <code>${escapeHtml(host)}</code>. The app will be able to work in the name of the account that you sign in with. If somebody else sent you this link, do not go on.</p>
<form method="post">
<input type="hidden" name="${PROOF}" value="${escapeHtml(proof)}">
<button name="${DECISION}" value="continue">Continue</button>
<button class="second" name="${DECISION}" value="decline">Not me</button>
</form>`;
  return documentOf({ title: `Connect ${provider}`, mood: 'plain', body });
}

/**
 * Sends the browser on without a redirect: browsers hold the redirects of a submitted form, a provider's own ones among them,
 * against `form-action`, so that the policy would have to name hosts that nobody here can know.
 */
export function renderDeparture(provider: string, target: string): string {
  const url = escapeHtml(target);
  return documentOf({
    title: `On to ${provider}`,
    mood: 'plain',
    head: `<meta http-equiv="refresh" content="0; url=${url}">\n`,
    body: `<p>You are being sent to ${nameOf(provider)} to sign in.</p>\n<p><a class="button" href="${url}" rel="noreferrer">Go on</a></p>`,
  });
}
