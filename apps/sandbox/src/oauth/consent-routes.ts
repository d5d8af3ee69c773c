import type { FastifyInstance, FastifyReply } from 'fastify';
import { escapeHtml, sendPage } from '../pages/page.js';
import type { SandboxContext } from '../sandbox-context.js';
import type { SandboxOptions } from '../sandbox-options.js';
import { consentForm } from './consent-page.js';

interface ConsentRequest {
  readonly redirectUri: string;
  readonly state: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** `GET /oauth` shows the question, `POST /oauth` takes the answer and sends the browser back to the app. */
export function consentRoutes(app: FastifyInstance, context: SandboxContext): void {
  app.get('/oauth', async (request, reply) => {
    const fields = request.query as Fields;
    const asked = parseConsent(fields, context.options);
    return typeof asked === 'string'
      ? refusePage(reply, asked)
      : showQuestion(reply, context, asked, textOf(fields.teammate));
  });
  app.post('/oauth', async (request, reply) => {
    const fields = (request.body ?? {}) as Fields;
    const asked = parseConsent(fields, context.options);
    if (typeof asked === 'string') return refusePage(reply, asked);
    return decide(reply, context, asked, fields);
  });
}

/** A string says what is wrong; such a request is never sent back to its redirect URI. */
function parseConsent(fields: Fields, options: SandboxOptions): ConsentRequest | string {
  if (textOf(fields.client_id) !== options.clientId) return 'No app with this client_id is registered here.';
  const redirectUri = textOf(fields.redirect_uri) ?? options.redirectUris?.[0] ?? null;
  if (redirectUri === null) return 'The redirect_uri is missing, and this app has no default.';
  if (!isAllowedRedirect(redirectUri, options.redirectUris))
    return 'The redirect_uri is not one that is registered for this app.';
  return { redirectUri, state: textOf(fields.state) };
}

function isAllowedRedirect(uri: string, registered: readonly string[] | undefined): boolean {
  if (registered !== undefined) return registered.includes(uri);
  return URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol) && !uri.includes('#');
}

function showQuestion(
  reply: FastifyReply,
  { store, options }: SandboxContext,
  asked: ConsentRequest,
  teammateId: string | null,
): FastifyReply {
  const { workspaces, teammates } = store.state;
  const appName = options.appName ?? 'Gatehouse';
  const known = teammateId !== null && store.teammate(teammateId) !== null;
  const form = consentForm({
    ...asked,
    appName,
    clientId: options.clientId,
    preselected: known ? teammateId : (teammates[0]?.id ?? ''),
    workspaces: workspaces.map((workspace) => ({
      workspace,
      teammates: store.teammatesOf(workspace.id),
      teams: store.teamsOf(workspace.id),
    })),
  });
  return sendPage(reply, 200, `Allow ${appName} to use your Intercom account?`, form);
}

function decide(reply: FastifyReply, context: SandboxContext, asked: ConsentRequest, fields: Fields): FastifyReply {
  if (fields.decision === 'refuse') return sendBack(reply, asked, { error: 'access_denied' });
  if (fields.decision !== 'allow') return refusePage(reply, 'Neither “Allow” nor “Refuse” was chosen.');
  const teammate = context.store.teammate(textOf(fields.teammate) ?? '');
  if (teammate === null) return refusePage(reply, 'No teammate was chosen.');
  return sendBack(reply, asked, {
    code: context.grants.issueCode(context.options.clientId, asked.redirectUri, teammate),
  });
}

function sendBack(reply: FastifyReply, asked: ConsentRequest, answer: Readonly<Record<string, string>>): FastifyReply {
  const target = new URL(asked.redirectUri);
  for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
  if (asked.state !== null) target.searchParams.set('state', asked.state);
  return reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(target.href, 302);
}

function refusePage(reply: FastifyReply, reason: string): FastifyReply {
  return sendPage(
    reply,
    400,
    'This cannot be allowed',
    `<p>${escapeHtml(reason)} Go back to the app and start again.</p>`,
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
