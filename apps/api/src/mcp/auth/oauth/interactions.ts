import { AgentGrantsService, OAuthServerRecords } from '#app/identity';
import { CLOCK, type Clock, type RequestId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { Interaction, InteractionResults, Provider } from 'oidc-provider';
import { accountIdOf } from './end-user.js';
import { FIELDS, renderConsent, renderSignIn } from './interaction-pages.js';
import { InteractionStates, type InteractionState } from './interaction-state.js';
import { OAUTH_PATHS } from './oauth-paths.js';
import { LIFETIMES } from './provider-settings.js';
import { SignIn } from './sign-in.js';

/** A page to show, or an address to send the browser to. */
export type Step = { readonly page: string } | { readonly target: string };

/** One visit of a page: the form that was sent, if one was, and what shows that it came from our page in this browser. */
export interface Visit {
  readonly requestId: RequestId;
  readonly proof: string;
  readonly form: URLSearchParams | null;
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
    if (decision === 'deny')
      return end(state, { error: 'access_denied', error_description: 'the user did not allow it' });
    if (interaction.prompt.name === 'login') return this.signInStep(state, visit);
    if (decision === 'switch') return { target: signInAgain(state) };
    return decision === 'allow' ? this.allow(provider, state, visit) : { page: consent(state, visit) };
  }

  private async signInStep(state: InteractionState, visit: Visit): Promise<Step> {
    const { form } = visit;
    const show = (more: { codeFor?: string; wrong?: boolean } = {}): Promise<Step> =>
      this.signInPage(state, visit, more);
    const uid = state.interaction.uid;
    const identifier = form?.get(FIELDS.identifier)?.trim() ?? '';
    switch (form?.get(FIELDS.decision)) {
      case 'pick': {
        const user = await this.signIn.pick(state.resource, form.get(FIELDS.user) ?? '');
        return user === null ? show({ wrong: true }) : this.signedIn(state, user);
      }
      case 'send': {
        if (!/^[^\p{C}]{1,100}$/u.test(identifier)) return show({ wrong: true });
        return (await this.signIn.sendPasscode(uid, identifier)) ? show({ codeFor: identifier }) : show();
      }
      case 'code': {
        const user = await this.signIn.redeemPasscode(uid, form.get(FIELDS.code) ?? '');
        return user === null ? show({ codeFor: identifier, wrong: true }) : this.signedIn(state, user);
      }
      default:
        return show();
    }
  }

  /**
   * Whoever signs in as somebody else than before leaves that session: the library would show a page of its own, with a script,
   * in between.
   */
  private async signedIn({ interaction, resource }: InteractionState, identifier: string): Promise<Step> {
    const accountId = accountIdOf({ tenantId: resource.tenantId, identifier });
    const { session } = interaction;
    if (session !== undefined && session.accountId !== accountId) {
      await this.records.deleteByUid('Session', session.uid);
      delete interaction.session;
    }
    interaction.result = { login: { accountId } };
    await save(interaction);
    return { target: interaction.returnTo };
  }

  private async signInPage(
    { agent, resource }: InteractionState,
    { proof }: Visit,
    { codeFor = null, wrong = false }: { codeFor?: string | null; wrong?: boolean },
  ): Promise<Step> {
    const options = await this.signIn.optionsFor(resource);
    return { page: renderSignIn({ agent, resourceName: resource.name, options, proof, codeFor, wrong }) };
  }

  private async allow(provider: Provider, state: InteractionState, { requestId }: Visit): Promise<Step> {
    const { client, resource, scopes, user, agent, interaction } = state;
    if (user === null || user.tenantId !== resource.tenantId) return { target: signInAgain(state) };
    const grant = new provider.Grant({ accountId: accountIdOf(user), clientId: client.clientId });
    grant.addResourceScope(resource.url, scopes.join(' '));
    const own = String(interaction.params['scope']).split(' ');
    grant.addOIDCScope(['openid', 'offline_access'].filter((scope) => own.includes(scope)).join(' '));
    const grantId = await grant.save();
    const expiresAt = new Date(this.clock.now() + LIFETIMES.Grant * 1000);
    await this.grants.add(
      { tenantId: user.tenantId, requestId, source: 'browser', caller: null },
      {
        id: grantId,
        identifier: user.identifier,
        agent: client.clientId,
        agentName: agent.name,
        resource: resource.url,
        scopes,
        expiresAt,
      },
    );
    await this.records.keepUntil('Client', client.clientId, expiresAt);
    return end(state, { consent: { grantId } });
  }
}

async function end({ interaction }: InteractionState, result: InteractionResults): Promise<Step> {
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await save(interaction);
  return { target: interaction.returnTo };
}

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
