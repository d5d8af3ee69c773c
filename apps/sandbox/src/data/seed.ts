import {
  STATE_VERSION,
  type Author,
  type Contact,
  type Conversation,
  type SandboxState,
  type Teammate,
} from '../store/model.js';
import { HOSTILE } from './hostile.js';
import { queuePlans } from './queue.js';
import { SeededRandom } from './random.js';
import { seedCompanies, seedContacts } from './seed-contacts.js';
import { newConversation, type Plan, type Surroundings } from './seed-conversations.js';
import { seedMarathon } from './seed-marathon.js';
import { TOPICS } from './topics.js';
import { BOREALIS, NORTHWIND, TAG_LIST, TEAM_LIST, TEAMMATE_LIST, TEAMS, WORKSPACES } from './workspaces.js';

const HOUR = 3600;
const NORTHWIND_CONVERSATIONS = 300;
const BOREALIS_CONVERSATIONS = 20;

/**
 * The data a new sandbox starts with: the same ids, texts and states every time; only the times move with `now`
 * (epoch seconds), so that "waiting for more than four hours" always finds the same conversations.
 */
export function seedState(now: number): SandboxState {
  const random = new SeededRandom('gatehouse sandbox');
  const companies = seedCompanies(random, now);
  const contacts = seedContacts(random, now, companies);
  const inNorthwind = contacts.filter((c) => c.workspaceId === NORTHWIND && c.mergedInto === null);
  const inBorealis = contacts.filter((c) => c.workspaceId === BOREALIS);
  const around = (workspaceId: string): Surroundings => ({ random, now, companies, teammates: authorsOf(workspaceId) });
  const plans = [
    ...queuePlans(inNorthwind),
    ...hostilePlans(random, inNorthwind),
    ...ordinaryPlans(random, NORTHWIND, inNorthwind, NORTHWIND_CONVERSATIONS),
    ...ordinaryPlans(random, BOREALIS, inBorealis, BOREALIS_CONVERSATIONS),
  ];
  const conversations = plans.map((plan, index) => newConversation(index + 1, plan, around(plan.workspaceId)));
  rateSome(random, conversations);
  conversations.push(seedMarathon(conversations.length + 1, now, inNorthwind[7] as Contact, authorsOf(NORTHWIND)));
  return {
    version: STATE_VERSION,
    workspaces: structuredClone([...WORKSPACES]),
    teammates: structuredClone([...TEAMMATE_LIST]),
    teams: structuredClone([...TEAM_LIST]),
    tags: structuredClone([...TAG_LIST]),
    companies,
    contacts,
    conversations,
    codes: [],
    tokens: [],
    sequence: conversations.length + 1,
  };
}

/** Who answers customers: teammates with an inbox seat. */
export function authorsOf(workspaceId: string): Author[] {
  return TEAMMATE_LIST.filter((t) => t.workspaceId === workspaceId && t.hasInboxSeat).map(authorOf);
}

export function authorOf(teammate: Teammate): Author {
  return { type: 'admin', id: teammate.id, name: teammate.name, email: teammate.email };
}

function hostilePlans(random: SeededRandom, contacts: readonly Contact[]): Plan[] {
  return HOSTILE.map((text): Plan => ({
    workspaceId: NORTHWIND,
    text,
    contact: random.pick(contacts),
    state: 'open',
    priority: 'none',
    adminAssigneeId: 0,
    teamAssigneeId: TEAMS.support,
    waiting: random.int(HOUR, 30 * HOUR),
  }));
}

/** Everything else. Never open, high and unassigned at once: what the first prompt finds is written down in queue.ts alone. */
function ordinaryPlans(random: SeededRandom, workspaceId: string, contacts: readonly Contact[], count: number): Plan[] {
  const admins = authorsOf(workspaceId).map((author) => Number(author.id));
  return Array.from({ length: count }, (): Plan => {
    const topic = random.pick(TOPICS);
    const state = random.weighted([
      ['open', 40],
      ['closed', 45],
      ['snoozed', 15],
    ] as const);
    const priority = random.weighted([
      ['none', 60],
      ['low', 8],
      ['medium', 12],
      ['high', 14],
      ['urgent', 6],
    ] as const);
    const mustBeAssigned = priority === 'high' && state === 'open';
    return {
      workspaceId,
      text: workspaceId === NORTHWIND ? topic : { ...topic, tags: [] },
      contact: random.pick(contacts),
      state,
      priority,
      adminAssigneeId: mustBeAssigned || random.chance(0.6) ? random.pick(admins) : 0,
      teamAssigneeId: teamOf(random, workspaceId, topic.team),
      untitled: random.chance(0.1),
      waiting: state === 'open' && random.chance(0.6) ? random.int(600, 72 * HOUR) : null,
    };
  });
}

function teamOf(random: SeededRandom, workspaceId: string, usual: number): number {
  if (random.chance(0.35)) return 0;
  return workspaceId === NORTHWIND ? usual : TEAMS.labs;
}

/** A third of the closed conversations was rated; some customers were asked and have not answered. */
function rateSome(random: SeededRandom, conversations: readonly Conversation[]): void {
  for (const conversation of conversations) {
    if (conversation.state !== 'closed' || !random.chance(0.35)) continue;
    const score = random.chance(0.85)
      ? random.weighted([
          [1, 8],
          [2, 7],
          [3, 15],
          [4, 30],
          [5, 40],
        ] as const)
      : null;
    const requestedAt = conversation.updatedAt;
    conversation.rating = {
      score,
      remark: score === 1 ? 'Nobody read what I wrote.' : null,
      requestedAt,
      repliedAt: score === null ? null : requestedAt + 600,
      contactId: conversation.contactIds[0] as string,
      teammateId: String(conversation.parts.at(-1)?.author.id),
    };
  }
}
