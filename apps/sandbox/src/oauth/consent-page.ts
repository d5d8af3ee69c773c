import { escapeHtml } from '../pages/page.js';
import type { Team, Teammate, Workspace } from '../store/model.js';

export interface ConsentQuestion {
  readonly appName: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** Null when the app sent none; then none is sent back. */
  readonly state: string | null;
  /** The teammate that is ticked at first. */
  readonly preselected: string;
  readonly workspaces: readonly WorkspaceChoice[];
}

export interface WorkspaceChoice {
  readonly workspace: Workspace;
  readonly teammates: readonly Teammate[];
  readonly teams: readonly Team[];
}

const PERMISSIONS = [
  'Read and write conversations',
  'Read and list users and companies',
  'Read and write tags',
  'Read teammates and teams',
] as const;

/** The form in which a teammate allows or refuses the app. */
export function consentForm(question: ConsentQuestion): string {
  const { appName, redirectUri } = question;
  return [
    `<p><strong>${escapeHtml(appName)}</strong> asks to act as you in Intercom, and will send you back to`,
    ` <code>${escapeHtml(new URL(redirectUri).origin)}</code>. It will be able to:</p>`,
    `<ul>${PERMISSIONS.map((permission) => `<li>${permission}</li>`).join('')}</ul>`,
    '<form method="post" action="/oauth">',
    hidden('client_id', question.clientId),
    hidden('redirect_uri', redirectUri),
    question.state === null ? '' : hidden('state', question.state),
    ...question.workspaces.map((choice) => workspaceFieldset(choice, question.preselected)),
    '<div class="actions"><button class="primary" name="decision" value="allow">Allow</button>',
    '<button name="decision" value="refuse" formnovalidate>Refuse</button></div></form>',
  ].join('');
}

function workspaceFieldset({ workspace, teammates, teams }: WorkspaceChoice, preselected: string): string {
  const rows = teammates.map((teammate) => teammateRow(teammate, teams, teammate.id === preselected));
  const legend = `Workspace “${escapeHtml(workspace.name)}” (${workspace.region}) – who are you?`;
  return `<fieldset><legend>${legend}</legend>${rows.join('')}</fieldset>`;
}

function teammateRow(teammate: Teammate, teams: readonly Team[], checked: boolean): string {
  return (
    `<label class="teammate"><input type="radio" name="teammate" value="${teammate.id}" required${checked ? ' checked' : ''}>` +
    `<span><bdi>${escapeHtml(teammate.name)}</bdi><small>${escapeHtml(factsOf(teammate, teams))}</small></span></label>`
  );
}

function factsOf(teammate: Teammate, teams: readonly Team[]): string {
  const names = teams.filter((team) => teammate.teamIds.includes(Number(team.id))).map((team) => team.name);
  return [
    teammate.email,
    teammate.role.name,
    names.length === 0 ? 'no team' : names.join(' + '),
    ...(teammate.hasInboxSeat ? [] : ['no inbox seat']),
    ...(teammate.emailVerified ? [] : ['e-mail not verified']),
  ].join(' · ');
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}
