import type { Author, Conversation, Priority } from '../store/model.js';
import type { Store } from '../store/store.js';
import { arrivals } from './queue.js';
import { SeededRandom } from './random.js';
import { newConversation, type Plan } from './seed-conversations.js';
import { authorsOf } from './seed.js';
import { TOPICS } from './topics.js';
import { NORTHWIND } from './workspaces.js';

const LONG_SECONDS = 4 * 3600;
const ENOUGH = 5;

/** What the first prompt asks for: open, high priority, with no teammate, and the customer has waited for over four hours. */
export function longWaiting(store: Store): Conversation[] {
  const limit = store.now() - LONG_SECONDS;
  return store
    .conversationsOf(NORTHWIND)
    .filter((c) => c.state === 'open' && c.priority === 'high' && c.adminAssigneeId === 0)
    .filter((c) => c.waitingSince !== null && c.waitingSince <= limit);
}

/** At start: customers kept writing while the sandbox was off, so that the demo finds work however often it was run. */
export function topUpQueue(store: Store): void {
  const missing = ENOUGH - longWaiting(store).length;
  if (missing <= 0) return;
  const contacts = store.contactsOf(NORTHWIND).filter((c) => c.mergedInto === null);
  for (const plan of arrivals(missing, contacts)) arrive(store, plan);
}

export interface Arrival {
  readonly workspaceId: string;
  readonly contactId: string | null;
  readonly priority: Priority;
  readonly waitingSeconds: number;
  readonly body: string | null;
}

/** A customer writes to the inbox. Returns null when there is no such contact. */
export function customerWrites(store: Store, arrival: Arrival): Conversation | null {
  const contacts = store.contactsOf(arrival.workspaceId).filter((c) => c.mergedInto === null);
  const contact = arrival.contactId === null ? contacts[0] : contacts.find((c) => c.id === arrival.contactId);
  if (contact === undefined) return null;
  const conversation = arrive(store, {
    workspaceId: arrival.workspaceId,
    text:
      arrival.body === null
        ? (TOPICS[0] as (typeof TOPICS)[number])
        : { key: 'given', title: 'New message', body: arrival.body },
    contact,
    state: 'open',
    priority: arrival.priority,
    adminAssigneeId: 0,
    teamAssigneeId: 0,
    waiting: arrival.waitingSeconds,
  });
  return conversation;
}

function arrive(store: Store, plan: Plan): Conversation {
  const number = store.nextNumber();
  const teammates: Author[] = authorsOf(plan.workspaceId);
  const around = {
    random: new SeededRandom(`arrival ${number}`),
    now: store.now(),
    companies: store.companiesOf(plan.workspaceId),
    teammates,
  };
  const conversation = newConversation(number, plan, around);
  store.addConversation(conversation);
  return conversation;
}
