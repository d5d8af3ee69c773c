import { AgentGrantsService, OAuthServerRecords } from '#app/identity';
import { CLOCK, type Clock, type RequestId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { Interaction, InteractionResults, Provider } from 'oidc-provider';
import { accountIdOf } from './end-user.js';
import { FIELDS, renderConsent, renderSignIn } from './interaction-pages.js';
import { InteractionStates, type InteractionState } from './interaction-state.js';
import { OAUTH_PATHS } from './oauth-paths.js';
import { LIFETIMES } from './provider-settings.js';
import { OWN_PAGES } from './sign-in-first.js';
import { SignIn } from './sign-in.js';
import { answeredIn } from './way-back.js';

/** A page to show, or an address to send the browser to. */
export type Step = { readonly page: string } | { readonly target: string };

/** One visit of a page: the form that was sent, if one was, and what shows that it came from our page in this browser. */
export interface Visit {
  readonly requestId: RequestId;
  /** The browser's cookie. */
  readonly browser: string;
  readonly proof: string;
  readonly form: URLSearchParams | null;
  /** Which of our own pages the browser was sent to sign in for. */
  readonly onward: string;
}

/** Leads a user through an authorization: sign in, then allow or not. Each authorization is allowed for itself. */
@Injectable()
export class Interactions {
  constructor(
    private readonly states: InteractionStates,
    private readonly signIn: SignIn,
    private readonly grants: AgentGrantsService,
    private readonly records: OAuthServerRecords,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Null when what the authorization was about no longer exists. */
  async step(provider: Provider, interaction: Interaction, visit: Visit): Promise<Step | null> {
    const state = await this.states.of(provider, interaction);
    if (state === null) return null;
    const decision = visit.form?.get(FIELDS.decision);
    if (state.client.clientId === OWN_PAGES.clientId)
      // Signing in was all: nothing is allowed to anybody by it
      return interaction.prompt.name === 'login' ? this.signInStep(state, visit) : { target: visit.onward };
    if (decision === 'deny')
      return end(state, visit, { error: 'access_denied', error_description: 'the user did not allow it' });
    if (interaction.prompt.name === 'login') return this.signInStep(state, visit);
    if (decision === 'switch') return { target: signInAgain(state) };
    return decision === 'allow' ? this.allow(provider, state, visit) : { page: consent(state, visit) };
  }

  private async signInStep(state: InteractionState, visit: Visit): Promise<Step> {
    const { form, browser } = visit;
    const attempt = { resource: state.resource, place: { signIn: state.interaction.uid, browser } };
    const identifier = form?.get(FIELDS.identifier)?.trim() ?? '';
    switch (form?.get(FIELDS.decision)) {
      case 'issuer': {
        const target = await this.signIn.leave(attempt);
        return target === null ? this.signInPage(state, visit) : { target };
      }
      case 'pick':
        return this.signedIn(state, visit, await this.signIn.pick(attempt, form?.get(FIELDS.user) ?? ''));
      case 'send': {
        if (!/^[^\p{C}]{1,100}$/u.test(identifier)) return this.signInPage(state, visit, { wrong: true });
        const sent = await this.signIn.sendPasscode(attempt, identifier);
        return this.signInPage(state, visit, { codeFor: sent ? identifier : null });
      }
      case 'code': {
        const user = await this.signIn.redeemPasscode(attempt, form?.get(FIELDS.code) ?? '');
        return this.signedIn(state, visit, user, identifier);
      }
      default: {
        const arrived = await this.signIn.arrived(attempt);
        return arrived === null ? this.signInPage(state, visit) : this.signedIn(state, visit, arrived);
      }
    }
  }

  /**
   * Whoever signs in as somebody else than before leaves that session: the library would show a page of its own, with a script,
   * in between.
   */
  private async signedIn(
    state: InteractionState,
    visit: Visit,
    identifier: string | null,
    codeFor: string | null = null,
  ): Promise<Step> {
    if (identifier === null) return this.signInPage(state, visit, { codeFor, wrong: true });
    const { interaction, resource } = state;
    const accountId = accountIdOf({ tenantId: resource.tenantId, identifier });
    const { session } = interaction;
    if (session !== undefined && session.accountId !== accountId) {
      await this.records.deleteByUid('Session', session.uid);
      delete interaction.session;
    }
    interaction.result = { login: { accountId }, ...answered(state, visit) };
    await save(interaction);
    return { target: interaction.returnTo };
  }

  private async signInPage(
    { agent, resource, client }: InteractionState,
    { proof }: Visit,
    { codeFor = null, wrong = false }: { codeFor?: string | null; wrong?: boolean } = {},
  ): Promise<Step> {
    const options = await this.signIn.optionsFor(resource);
    return {
      page: renderSignIn({
        agent: client.clientId === OWN_PAGES.clientId ? null : agent,
        resourceName: resource.name,
        options,
        proof,
        codeFor,
        wrong,
      }),
    };
  }

  private async allow(provider: Provider, state: InteractionState, visit: Visit): Promise<Step> {
    const { client, resource, scopes, user, agent, interaction } = state;
    if (user === null || user.tenantId !== resource.tenantId) return { target: signInAgain(state) };
    const grant = new provider.Grant({ accountId: accountIdOf(user), clientId: client.clientId });
    grant.addResourceScope(resource.url, scopes.join(' '));
    const own = String(interaction.params['scope']).split(' ');
    grant.addOIDCScope(['openid', 'offline_access'].filter((scope) => own.includes(scope)).join(' '));
    const grantId = await grant.save();
    const expiresAt = new Date(this.clock.now() + LIFETIMES.Grant * 1000);
    await this.grants.add(
      { tenantId: user.tenantId, requestId: visit.requestId, source: 'browser', caller: null },
      {
        id: grantId,
        identifier: user.identifier,
        agent: client.clientId,
        agentName: agent.name,
        resource: resource.url,
        resourceId: resource.id,
        scopes,
        expiresAt,
      },
    );
    await this.records.keepUntil('Client', client.clientId, expiresAt);
    return end(state, visit, { consent: { grantId } });
  }
}

async function end(state: InteractionState, visit: Visit, result: InteractionResults): Promise<Step> {
  const { interaction } = state;
  const before = 'error' in result ? {} : interaction.lastSubmission;
  interaction.result = { ...before, ...result, ...answered(state, visit) };
  await save(interaction);
  return { target: interaction.returnTo };
}

const answered = ({ interaction }: InteractionState, { browser }: Visit): InteractionResults => ({
  answered: answeredIn(browser, interaction.uid),
});

const save = (interaction: Interaction): Promise<unknown> =>
  interaction.save(Math.max(1, interaction.exp - Math.floor(Date.now() / 1000)));

/** The same request from its beginning, asking who it is. */
function signInAgain({ interaction }: InteractionState): string {
  const params = Object.entries(interaction.params).filter(
    (each): each is [string, string] => typeof each[1] === 'string',
  );
  return `${OAUTH_PATHS.authorization}?${new URLSearchParams([...params.filter(([name]) => name !== 'prompt'), ['prompt', 'login']]).toString()}`;
}

const consent = ({ agent, user, tenantName, resource, scopes }: InteractionState, { proof }: Visit): string =>
  renderConsent({ agent, identifier: user?.identifier ?? '', tenantName, resourceName: resource.name, scopes, proof });
