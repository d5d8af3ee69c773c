import type { Tag, Team, Teammate, Workspace } from '../store/model.js';

/** Fixed ids: tests, the demo and the README name them. */
export const NORTHWIND = 'nw4kq2tz';
export const BOREALIS = 'bo7rp1xe';

export const TEAMS = {
  support: 5017691,
  billing: 5017692,
  technical: 5017693,
  onboarding: 5017694,
  labs: 6020001,
} as const;

const CREATED = Date.UTC(2023, 2, 14) / 1000;

export const WORKSPACES: readonly Workspace[] = [
  { id: NORTHWIND, name: 'Northwind Planner', region: 'US', timezone: 'America/New_York', createdAt: CREATED },
  { id: BOREALIS, name: 'Borealis Labs', region: 'EU', timezone: 'Europe/Berlin', createdAt: CREATED + 86_400 * 400 },
];

export const TEAM_LIST: readonly Team[] = [
  { id: String(TEAMS.support), workspaceId: NORTHWIND, name: 'Customer Support' },
  { id: String(TEAMS.billing), workspaceId: NORTHWIND, name: 'Billing & Refunds' },
  { id: String(TEAMS.technical), workspaceId: NORTHWIND, name: 'Technical (Tier 2)' },
  { id: String(TEAMS.onboarding), workspaceId: NORTHWIND, name: 'Onboarding – Empfang 👋' },
  { id: String(TEAMS.labs), workspaceId: BOREALIS, name: 'Labs Helpdesk' },
];

/** Kept by name so that the topics can refer to them. `Refund` and `refund` differ only in case, as in real workspaces. */
export const TAGS = {
  billing: '7522901',
  refund: '7522902',
  refundCapital: '7522903',
  bug: '7522904',
  featureRequest: '7522905',
  churnRisk: '7522906',
  vip: '7522907',
  security: '7522908',
  onboarding: '7522909',
  integrations: '7522910',
  outage: '7522911',
  unicode: '7522912',
  labs: '7600001',
} as const;

const TAG_NAMES: Readonly<Record<keyof typeof TAGS, string>> = {
  billing: 'billing',
  refund: 'refund',
  refundCapital: 'Refund',
  bug: 'bug',
  featureRequest: 'feature request',
  churnRisk: 'churn risk',
  vip: 'VIP',
  security: 'security',
  onboarding: 'onboarding',
  integrations: 'integrations',
  outage: '🔥 outage',
  unicode: 'Rückfrage – تأكيد',
  labs: 'beta programme',
};

export const TAG_LIST: readonly Tag[] = (Object.keys(TAGS) as (keyof typeof TAGS)[]).map((key) => ({
  id: TAGS[key],
  workspaceId: key === 'labs' ? BOREALIS : NORTHWIND,
  name: TAG_NAMES[key],
}));

const OWNER = { id: '1', name: 'Owner' };
const ADMIN = { id: '2', name: 'Admin' };
const AGENT = { id: '3', name: 'Agent' };
const VIEWER = { id: '4', name: 'Viewer' };

type TeammateSeed = readonly [id: string, name: string, email: string, jobTitle: string, facts: Partial<Teammate>];

const NORTHWIND_TEAMMATES: readonly TeammateSeed[] = [
  ['1000001', 'Amara Okafor', 'amara', 'Head of Support', { role: ADMIN, teamIds: [TEAMS.support] }],
  ['1000002', 'Ben Carter', 'ben', 'Support Agent', { teamIds: [TEAMS.billing] }],
  ['1000003', 'Chloé Dubois-Łukasiewicz', 'chloe', 'Senior Agent', { teamIds: [TEAMS.support, TEAMS.billing] }],
  ['1000004', 'Dmitri Volkov', 'dmitri', 'Account Executive', { role: VIEWER, hasInboxSeat: false }],
  ['1000005', '佐藤 美咲 (Misaki Satō)', 'misaki', 'Technical Agent', { teamIds: [TEAMS.technical] }],
  ['1000006', 'Elif Yıldız', 'elif', 'Support Agent', { teamIds: [TEAMS.support], emailVerified: false }],
  ['1000007', 'Alex Kim', 'alex.kim', 'Support Agent', { teamIds: [TEAMS.onboarding], awayModeEnabled: true }],
  ['1000008', 'Alex Morgan', 'alex.morgan', 'Technical Agent', { teamIds: [TEAMS.technical] }],
  ['1000009', 'مريم الحسن (Maryam)', 'maryam', 'Chief Executive', { role: OWNER, hasInboxSeat: false }],
];

const BOREALIS_TEAMMATES: readonly TeammateSeed[] = [
  ['2000001', 'Freja Lindqvist', 'freja', 'Founder', { role: ADMIN, teamIds: [TEAMS.labs] }],
  ['2000002', 'Jonas Weber', 'jonas', 'Support Agent', { teamIds: [TEAMS.labs] }],
];

export const TEAMMATE_LIST: readonly Teammate[] = [
  ...NORTHWIND_TEAMMATES.map((seed) => teammate(seed, NORTHWIND, 'northwind.example')),
  ...BOREALIS_TEAMMATES.map((seed) => teammate(seed, BOREALIS, 'borealis.example')),
];

function teammate([id, name, mailbox, jobTitle, facts]: TeammateSeed, workspaceId: string, domain: string): Teammate {
  return {
    id,
    workspaceId,
    name,
    email: `${mailbox}@${domain}`,
    emailVerified: true,
    jobTitle,
    role: AGENT,
    hasInboxSeat: true,
    awayModeEnabled: false,
    teamIds: [],
    ...facts,
  };
}
