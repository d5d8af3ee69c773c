import { TAGS, TEAMS } from './workspaces.js';

/** One kind of question that customers ask, with ways to put it. `{…}` is filled in by the generator. */
export interface Topic {
  readonly title: string;
  readonly team: number;
  readonly tags: readonly string[];
  readonly openers: readonly string[];
  readonly answers: readonly string[];
  readonly followUps: readonly string[];
}

export const TOPICS: readonly Topic[] = [
  {
    title: 'Charged twice for {month}',
    team: TEAMS.billing,
    tags: [TAGS.billing, TAGS.refund],
    openers: [
      '<p>Hi, our card was charged <b>twice</b> for {month}: {amount} on the 1st and {amount} again on the 3rd. Invoice {invoice}. Please refund one of them.</p>',
      '<p>Why do I see two payments of {amount}? I only have one workspace on the {plan} plan.</p>',
    ],
    answers: [
      '<p>Thanks for flagging this. I can see both payments on invoice {invoice} and have asked our payment provider to void the second one.</p>',
      '<p>Sorry about that! The second charge was a retry that went through late. The refund takes 5–10 working days.</p>',
    ],
    followUps: [
      '<p>Great, I will watch for it.</p>',
      '<p>It has been a week and nothing has arrived. Can you check again?</p>',
    ],
  },
  {
    title: 'Invoice needs our VAT number',
    team: TEAMS.billing,
    tags: [TAGS.billing],
    openers: [
      '<p>Our accountant refuses invoice {invoice} because our VAT number is missing. Can you re-issue it?</p>',
      '<p>Guten Tag, auf der Rechnung {invoice} fehlt unsere USt-IdNr. Könnten Sie diese bitte ergänzen? Mit freundlichen Grüßen</p>',
    ],
    answers: ['<p>Done: you can add the number under <i>Settings → Billing → Tax</i>; I have re-issued {invoice}.</p>'],
    followUps: ['<p>Perfekt, vielen Dank!</p>', '<p>And the ones from last year?</p>'],
  },
  {
    title: 'Cancel the {plan} plan',
    team: TEAMS.billing,
    tags: [TAGS.churnRisk],
    openers: [
      '<p>We want to cancel at the end of {month}. The team moved to another tool, mostly because of missing recurring tasks.</p>',
      '<p>Please close our account. We can’t justify {amount} a month any more.</p>',
    ],
    answers: [
      '<p>I’m sorry to see you go. Would it help if we moved you to a smaller plan until recurring tasks arrive?</p>',
    ],
    followUps: ['<p>What would that cost?</p>', '<p>No, please just cancel.</p>'],
  },
  {
    title: 'Calendar sync stopped on {day}',
    team: TEAMS.technical,
    tags: [TAGS.bug, TAGS.integrations],
    openers: [
      '<p>Since {day} new tasks no longer show up in our shared calendar. Reconnecting says “token exchanged” and then nothing.</p><ul><li>Browser: {browser}</li><li>Workspace: {company}</li></ul>',
      '<p>Calendar events are duplicated <em>three times</em> after the last update 😩</p>',
    ],
    answers: [
      '<p>Could you send the time of the last event that did sync? That lets me find the failed job.</p>',
      '<p>Engineering found it: a time zone was read as UTC. A fix goes out tonight.</p>',
    ],
    followUps: ['<p>The last one was at 09:42 on {day}.</p>', '<p>Works again, thank you!</p>'],
  },
  {
    title: 'Export fails with error 504',
    team: TEAMS.technical,
    tags: [TAGS.bug],
    openers: [
      '<p>Exporting the {company} board ends in “504 Gateway Timeout” every time. It has about 12,000 cards.</p>',
      '<p>CSV export is broken: <code>GET /boards/{order}/export → 504</code>. I need it for an audit on {day}.</p>',
    ],
    answers: [
      '<p>Boards over 10,000 cards are exported by e-mail now. I started one for you: the link arrives within the hour.</p>',
    ],
    followUps: ['<p>Got the link, all rows are there.</p>', '<p>No mail yet, also not in spam.</p>'],
  },
  {
    title: 'Single sign-on: users are asked for a password',
    team: TEAMS.technical,
    tags: [TAGS.security],
    openers: [
      '<p>We switched on SAML for {company}, but people who joined before {month} still get the password page.</p>',
      '<p>Can SSO be enforced for contractors too? Our security team asks for it before renewal.</p>',
    ],
    answers: [
      '<p>Existing people keep their password until “Require SSO” is on. It is under <i>Security</i>; owners can always get in.</p>',
    ],
    followUps: ['<p>That did it, thanks.</p>', '<p>The switch is greyed out for me.</p>'],
  },
  {
    title: 'Suspicious sign-in from an unknown country',
    team: TEAMS.technical,
    tags: [TAGS.security, TAGS.vip],
    openers: [
      '<p>I got a mail about a sign-in from a country I have never been to. Was anything read? Please lock the account.</p>',
      '<p>Two of our people were signed out at the same time this morning. Is there an incident?</p>',
    ],
    answers: [
      '<p>I have ended all sessions of your account. Please set a new password and switch on two-step verification.</p>',
    ],
    followUps: ['<p>Done. Can you send the IP addresses for our report?</p>'],
  },
  {
    title: 'How do we import {count} tasks?',
    team: TEAMS.onboarding,
    tags: [TAGS.onboarding],
    openers: [
      '<p>We are new here (team of {count}). Is there a way to import tasks from a spreadsheet with due dates?</p>',
      '<p>はじめまして。CSV からタスクを一括で取り込む方法を教えてください。日付の形式で失敗します。</p>',
    ],
    answers: [
      '<p>Welcome! Use <i>Import → CSV</i>; dates must look like 2026-11-23. This article shows it: <a href="https://help.northwind.example/import">Importing tasks</a></p>',
    ],
    followUps: ['<p>できました。ありがとうございます！</p>', '<p>Row 117 fails with “unknown assignee”.</p>'],
  },
  {
    title: 'Feature request: recurring tasks',
    team: TEAMS.support,
    tags: [TAGS.featureRequest],
    openers: [
      '<p>Recurring tasks, please! We copy the same 14 cards every Monday.</p>',
      '<p>Hola, ¿se puede repetir una tarea cada dos semanas? No lo encuentro por ningún lado.</p>',
    ],
    answers: ['<p>Not yet, but it is on the roadmap; I have added your vote.</p>'],
    followUps: ['<p>¡Gracias! ¿Hay una fecha?</p>', '<p>Any news on this?</p>'],
  },
  {
    title: 'Guests see boards they should not',
    team: TEAMS.support,
    tags: [TAGS.bug, TAGS.security],
    openers: [
      '<p>A guest we invited to <b>one</b> board can list all boards of {company} in search. That is a serious problem for us.</p>',
      '<p>After moving a board to another space its guests kept access. Expected?</p>',
    ],
    answers: [
      '<p>I can reproduce this and have raised it with engineering as urgent. In the meantime please remove the guests.</p>',
    ],
    followUps: ['<p>Removed. Please tell me when it is fixed.</p>'],
  },
  {
    title: 'The app is slow on {browser}',
    team: TEAMS.support,
    tags: [TAGS.bug],
    openers: [
      '<p>Boards take 20+ seconds to open on {browser} since {day}. Others on the team are fine 🤷🏽‍♀️</p>',
      '<p>Everything is slooow today. Is there an outage??</p>',
    ],
    answers: ['<p>Could you try a private window? If it is quick there, an extension is the likely cause.</p>'],
    followUps: ['<p>It was the ad blocker. Thanks!</p>', '<p>Same in a private window.</p>'],
  },
  {
    title: 'Everything is down',
    team: TEAMS.technical,
    tags: [TAGS.outage],
    openers: [
      '<p>We get a white page since 08:10. {count} people can’t work. Status page says all green.</p>',
      '<p>API returns 503 for every call. Our customers notice. Please call me: +49 89 5550 {order}</p>',
    ],
    answers: [
      '<p>We are on it: one database node failed over slowly. Service is back since 08:31; a report follows.</p>',
    ],
    followUps: ['<p>Confirmed, it works again. We expect the report and a credit.</p>'],
  },
  {
    title: 'Change the owner of the workspace',
    team: TEAMS.support,
    tags: [],
    openers: [
      '<p>Our founder left the company. How do we move ownership to me? I am only an admin.</p>',
      '<p>مرحبًا، أريد نقل ملكية مساحة العمل إلى زميلي. كيف أفعل ذلك؟</p>',
    ],
    answers: [
      '<p>We need a short confirmation from a company address and a document that names you. I have sent the form.</p>',
    ],
    followUps: ['<p>أرسلت النموذج، شكرًا لكم.</p>', '<p>Form is on its way.</p>'],
  },
  {
    title: 'Webhook signature does not match',
    team: TEAMS.technical,
    tags: [TAGS.integrations],
    openers: [
      '<p>The HMAC of your webhooks does not match ours for bodies with emoji:</p><pre><code>expected 9f1c…{order}\ngot      03ab…</code></pre>',
      '<p>Do you retry webhooks? We missed about {count} of them on {day}.</p>',
    ],
    answers: ['<p>Please compute the signature over the raw bytes, before any JSON parsing.</p>'],
    followUps: ['<p>That was it. Thank you!</p>'],
  },
  {
    title: 'Refund for an unused year',
    team: TEAMS.billing,
    tags: [TAGS.refundCapital, TAGS.billing],
    openers: [
      '<p>We paid {amount} for a year and never started. Could you refund it? The project was cancelled.</p>',
      '<p>שלום, שילמנו פעמיים על אותה שנה. אפשר לקבל החזר בבקשה?</p>',
    ],
    answers: ['<p>As a gesture of goodwill we can refund the unused months. Would that be all right?</p>'],
    followUps: ['<p>תודה רבה!</p>', '<p>Yes, thank you. That is fair.</p>'],
  },
  {
    title: 'Question about data residency',
    team: TEAMS.support,
    tags: [TAGS.security, TAGS.unicode],
    openers: [
      '<p>Where are backups stored, and may a support engineer in another region read our data? Our DPO asks.</p>',
      '<p>Bonjour, pourriez-vous nous envoyer la liste de vos sous-traitants (art. 28 RGPD) ? C’est urgent.</p>',
    ],
    answers: [
      '<p>Backups stay in the region you chose. Our list of subprocessors is at <a href="https://northwind.example/trust">northwind.example/trust</a>.</p>',
    ],
    followUps: ['<p>Merci beaucoup !</p>', '<p>And what about logs?</p>'],
  },
];

export const USUAL_ANSWERS: readonly string[] = [
  '<p>I’m checking this with a colleague and will be back with you before the end of the day.</p>',
  '<p>Thank you for your patience. Is there anything else I can help with?</p>',
  '<p>Could you send a screenshot? That would help us see what you see.</p>',
];

export const USUAL_FOLLOW_UPS: readonly string[] = [
  '<p>Any update?</p>',
  '<p>Thanks, that helps. One more thing: does this affect the mobile app too?</p>',
  '<p>I have forwarded this to my manager, she will want a date.</p>',
];
