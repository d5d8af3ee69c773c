import type { Conversation } from '../store/model.js';
import { CONVERSATION_OPERATORS, type FieldType, type SearchDialect, type SearchField } from './dialect.js';
import { STATISTIC_FIELDS, statisticsOf, type Statistics } from './statistics.js';

type Get = SearchField<Conversation>['get'];

const field = (type: FieldType, get: Get): SearchField<Conversation> => ({ type, get });
/** The sandbox's inbox has no AI agent: these fields exist and are empty. */
const never = (type: FieldType): SearchField<Conversation> => field(type, () => null);

const FIELDS: Readonly<Record<string, SearchField<Conversation>>> = {
  id: field('string', (c) => c.id),
  created_at: field('date', (c) => c.createdAt),
  updated_at: field('date', (c) => c.updatedAt),
  'source.type': field('string', (c) => c.source.type),
  'source.id': field('string', (c) => c.source.id),
  'source.delivered_as': field('string', (c) => c.source.deliveredAs),
  'source.subject': field('string', (c) => c.source.subject),
  'source.body': { type: 'string', get: (c) => c.source.body, words: true },
  'source.author.id': field('string', (c) => c.source.author.id),
  'source.author.type': field('string', (c) => c.source.author.type),
  'source.author.name': field('string', (c) => c.source.author.name),
  'source.author.email': field('string', (c) => c.source.author.email),
  'source.url': field('string', (c) => c.source.url),
  contact_ids: field('string', (c) => c.contactIds),
  teammate_ids: field('string', (c) => teammateIdsOf(c)),
  admin_assignee_id: field('integer', (c) => c.adminAssigneeId),
  team_assignee_id: field('integer', (c) => c.teamAssigneeId),
  channel_initiated: field('string', (c) => (c.source.type === 'email' ? 'email' : 'messenger')),
  open: field('boolean', (c) => c.state !== 'closed'),
  read: field('boolean', (c) => c.read),
  state: field('string', (c) => c.state),
  waiting_since: field('date', (c) => c.waitingSince),
  snoozed_until: field('date', (c) => c.snoozedUntil),
  tag_ids: field('string', (c) => c.tagIds),
  priority: field('string', (c) => c.priority),
  'conversation_rating.requested_at': field('date', (c) => c.rating?.requestedAt ?? null),
  'conversation_rating.replied_at': field('date', (c) => c.rating?.repliedAt ?? null),
  'conversation_rating.score': field('integer', (c) => c.rating?.score ?? null),
  'conversation_rating.remark': field('string', (c) => c.rating?.remark ?? null),
  'conversation_rating.contact_id': field('string', (c) => c.rating?.contactId ?? null),
  // Printed like this in the description; kept, because that is what Intercom says it accepts.
  'conversation_rating.admin_d': field('string', (c) => c.rating?.teammateId ?? null),
  ai_agent_participated: field('boolean', () => false),
  'ai_agent.resolution_state': never('string'),
  'ai_agent.last_answer_type': never('string'),
  'ai_agent.rating': never('integer'),
  'ai_agent.rating_remark': never('string'),
  'ai_agent.source_type': never('string'),
  'ai_agent.source_title': never('string'),
  ...Object.fromEntries(
    Object.entries(STATISTIC_FIELDS).map(([name, type]) => [
      `statistics.${name}`,
      field(type, (c) => statisticsOf(c)[name as keyof Statistics] ?? null),
    ]),
  ),
};

export const CONVERSATION_SEARCH: SearchDialect<Conversation> = {
  operators: CONVERSATION_OPERATORS,
  dates: 'second',
  field: (name) => (Object.hasOwn(FIELDS, name) ? (FIELDS[name] ?? null) : null),
};

/** Everyone of the team who wrote in a conversation or holds it. */
export function teammateIdsOf(conversation: Conversation): string[] {
  const writers = conversation.parts.filter((part) => part.author.type === 'admin').map((part) => part.author.id);
  const assignee = conversation.adminAssigneeId === 0 ? [] : [String(conversation.adminAssigneeId)];
  return [...new Set([...assignee, ...writers])];
}
