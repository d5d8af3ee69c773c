import type { Author, Contact, Conversation, Part } from '../store/model.js';
import { conversationId, customerOf } from './seed-conversations.js';
import { NORTHWIND, TAGS, TEAMS } from './workspaces.js';

const PARTS = 620;
const HOUR = 3600;

/** One conversation with more parts than Intercom returns (500), so that "the newest 500" can be seen. */
export function seedMarathon(
  number: number,
  now: number,
  contact: Contact,
  teammates: readonly Author[],
): Conversation {
  const started = now - PARTS * HOUR;
  const customer = customerOf(contact);
  const teammate = teammates[0] as Author;
  const parts = Array.from({ length: PARTS }, (_, index): Part => ({
    id: String(number * 1000 + index),
    type: index % 7 === 0 ? 'note' : 'comment',
    body: `<p>Message ${index + 1} of ${PARTS}.</p>`,
    createdAt: started + (index + 1) * HOUR - 60,
    author: index % 7 !== 0 && index % 2 === 1 ? customer : teammate,
    state: 'open',
    assignedTo: null,
  }));
  return {
    id: conversationId(number),
    workspaceId: NORTHWIND,
    title: 'The thread that never ends',
    createdAt: started,
    updatedAt: (parts.at(-1) as Part).createdAt,
    waitingSince: null,
    snoozedUntil: null,
    state: 'open',
    read: true,
    priority: 'low',
    adminAssigneeId: Number(teammate.id),
    teamAssigneeId: TEAMS.support,
    companyId: contact.companyIds[0] ?? null,
    contactIds: [contact.id],
    tagIds: [TAGS.vip],
    rating: null,
    source: {
      type: 'conversation',
      id: String(403_900_000 + number),
      deliveredAs: 'customer_initiated',
      subject: '',
      body: '<p>Hello, just a quick question.</p>',
      author: customer,
      url: null,
    },
    parts,
  };
}
