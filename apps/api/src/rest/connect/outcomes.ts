import type { ConnectFailureCode } from '#app/oauth';

/** Every way in which a visit to our connect pages can end. */
export type Outcome =
  'connected' | 'link_declined' | ConnectFailureCode | 'prefetch' | 'not_available' | 'internal' | 'page_unknown';

/** What the user is told: in plain words what happened, whether anything changed, and what to do next. */
export interface OutcomeText {
  readonly status: number;
  readonly title: string;
  readonly happened: string;
  readonly changed: string;
  readonly next: string;
}

const NOTHING = 'Nothing was connected, and nothing that was connected before has changed.';
const UNCERTAIN = 'Most likely nothing was connected. The app that sent you here shows whether it was.';
const NEW_LINK = 'Go back to the app that sent you here and ask it for a new link.';
const SAME_LINK = 'Open the link again in this browser to try once more. If it has expired, ask the app for a new one.';
const TELL = 'If this keeps happening, tell the people who run the app, and give them the reference below.';

export const OUTCOMES: Record<Outcome, OutcomeText> = {
  connected: {
    status: 200,
    title: 'Your account is connected',
    happened: 'The app that sent you here can now work in your name, within what you allowed.',
    changed: 'You can take this back at any time, in the app or in your account with the provider.',
    next: 'You can close this page.',
  },
  link_unknown: {
    status: 404,
    title: 'This link does not work',
    happened: 'The link is not known here. It may be incomplete, or it is old and has been removed.',
    changed: NOTHING,
    next: NEW_LINK,
  },
  link_expired: {
    status: 410,
    title: 'This link has expired',
    happened: 'Links like this one work for a short time only.',
    changed: NOTHING,
    next: NEW_LINK,
  },
  link_used: {
    status: 410,
    title: 'This link has been used',
    happened: 'An account was connected with this link already, and a link works only once.',
    changed: 'What was connected then stays as it is.',
    next: 'If you wanted to connect again, go back to the app and ask it for a new link.',
  },
  link_other_browser: {
    status: 403,
    title: 'This link was opened in another browser',
    happened:
      'A link works only in the browser in which it was opened first, so that nobody can finish what you began.',
    changed: NOTHING,
    next: 'Go back to that browser. If it was not you who opened the link, do not use it: ask the app for a new one.',
  },
  link_other_user: {
    status: 403,
    title: 'This link was made for somebody else',
    happened: 'You have let an agent work for you in this browser, under another name than the one this link is for.',
    changed: NOTHING,
    next: 'Do not use it. If both names are yours, open the link in another browser or in a private window.',
  },
  link_declined: {
    status: 403,
    title: 'Nothing was connected',
    happened: 'You said that this link was not made for you, so it was ended. It works for nobody any more.',
    changed: NOTHING,
    next: 'You can close this page. If you wanted to connect an account of your own, ask the app for a link.',
  },
  link_unconfirmed: {
    status: 403,
    title: 'Your answer did not reach us',
    happened:
      'It did not come from the page that asked you, in the browser in which it was shown, with cookies allowed.',
    changed: NOTHING,
    next: SAME_LINK,
  },
  connection_disabled: {
    status: 403,
    title: 'Connecting is switched off',
    happened: 'The people who run the app have switched this connection off.',
    changed: NOTHING,
    next: 'Ask them whether it will be available again.',
  },
  state_unknown: {
    status: 400,
    title: 'This sign-in is not known here',
    happened: 'The answer of the provider belongs to no sign-in that is under way. It may have been used already.',
    changed: 'This visit has changed nothing. If you had finished the sign-in before, your account is connected.',
    next: SAME_LINK,
  },
  state_expired: {
    status: 410,
    title: 'This sign-in took too long',
    happened: 'You came back from the provider after the time for it had run out.',
    changed: NOTHING,
    next: NEW_LINK,
  },
  state_other_browser: {
    status: 403,
    title: 'This sign-in was started in another browser',
    happened: 'It must be finished in the browser in which it was started, with cookies allowed.',
    changed: NOTHING,
    next: 'Go back to that browser. If you did not start this yourself, close this page and connect nothing.',
  },
  state_other_connection: {
    status: 400,
    title: 'This sign-in belongs elsewhere',
    happened: 'The answer of the provider arrived at an address that is meant for another connection.',
    changed: NOTHING,
    next: TELL,
  },
  issuer_mismatch: {
    status: 400,
    title: 'Somebody else answered',
    happened: 'The answer came from another sign-in service than the one that you were sent to, so it was not used.',
    changed: NOTHING,
    next: TELL,
  },
  consent_refused: {
    status: 403,
    title: 'You did not allow access',
    happened: 'You declined at the provider, so the app was not given access.',
    changed: NOTHING,
    next: 'If you have changed your mind, open the link again in this browser.',
  },
  provider_refused: {
    status: 502,
    title: 'The provider stopped the sign-in',
    happened: 'The provider sent you back without access. You may lack the permission to install apps there.',
    changed: NOTHING,
    next: `Ask the administrator of your account with the provider. ${TELL}`,
  },
  code_missing: {
    status: 502,
    title: 'The answer of the provider was incomplete',
    happened: 'The provider sent you back without saying whether you allowed access.',
    changed: NOTHING,
    next: `${SAME_LINK} ${TELL}`,
  },
  code_refused: {
    status: 400,
    title: 'The provider did not accept the sign-in',
    happened: 'The provider did not accept the code that it had just given out. It may have expired on the way.',
    changed: NOTHING,
    next: `${SAME_LINK} ${TELL}`,
  },
  exchange_failed: {
    status: 502,
    title: 'The sign-in could not be finished',
    happened: 'You allowed access, but the provider then answered with an error.',
    changed: NOTHING,
    next: `${SAME_LINK} ${TELL}`,
  },
  exchange_timeout: {
    status: 504,
    title: 'The provider did not answer in time',
    happened: 'You allowed access, but the provider took too long to confirm it.',
    changed: NOTHING,
    next: SAME_LINK,
  },
  identity_failed: {
    status: 502,
    title: 'The provider did not say who you are',
    happened:
      'You allowed access, but the provider did not tell which of its users you are. The access was thrown away.',
    changed: NOTHING,
    next: `${SAME_LINK} ${TELL}`,
  },
  identity_timeout: {
    status: 504,
    title: 'The provider did not answer in time',
    happened:
      'You allowed access, but the provider took too long to say which of its users you are. The access was thrown away.',
    changed: NOTHING,
    next: SAME_LINK,
  },
  identity_mismatch: {
    status: 409,
    title: 'That is another account than before',
    happened: 'You signed in at the provider as somebody else than the last time. The new access was thrown away.',
    changed: 'What was connected before has not changed.',
    next:
      'Sign in at the provider with the account of the last time, and open the link again. To connect another account instead, ' +
      'have the old one removed in the app first.',
  },
  verification_unavailable: {
    status: 409,
    title: 'The app has to confirm who you are',
    happened: 'The app wants to confirm that it is you who connects, but this link does not say how.',
    changed: NOTHING,
    next: NEW_LINK,
  },
  redirect_not_allowed: {
    status: 409,
    title: 'This link leads to an address that is not registered',
    happened: 'The app wants you to go on to a page of its own, but has not registered the address of that page here.',
    changed: NOTHING,
    next: `Tell the people who run the app. ${NEW_LINK}`,
  },
  account_gone: {
    status: 410,
    title: 'The connection was removed meanwhile',
    happened: 'While you were at the provider, this connection was removed in the app. The new access was thrown away.',
    changed: 'The connection stays removed.',
    next: 'If you want to connect after all, go back to the app and ask it for a new link.',
  },
  prefetch: {
    status: 503,
    title: 'Open this page to connect',
    happened: 'Your browser asked for this page ahead of time, and it does its work only when it is really opened.',
    changed: NOTHING,
    next: 'Open the link.',
  },
  not_available: {
    status: 503,
    title: 'Not available just now',
    happened: 'A part of this service does not answer at the moment.',
    changed: UNCERTAIN,
    next: `Wait a minute. ${SAME_LINK}`,
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    happened: 'The sign-in was stopped by an error of ours.',
    changed: UNCERTAIN,
    next: `${SAME_LINK} ${TELL}`,
  },
  page_unknown: {
    status: 404,
    title: 'There is no such page',
    happened: 'The address is not complete, or it was changed.',
    changed: 'Nothing was changed.',
    next: 'You can close this page.',
  },
};

export const isOutcome = (text: string): text is Outcome => Object.hasOwn(OUTCOMES, text);
