import type { Author, Company, Contact, Conversation, ConversationStatus, Part, Priority } from '../store/model.js';
import type { HostileText } from './hostile.js';
import { fillIn } from './fill-in.js';
import type { SeededRandom } from './random.js';
import { USUAL_ANSWERS, USUAL_FOLLOW_UPS, type Topic } from './topics.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** What a conversation is about and in which state it is; the rest is made up by the generator. */
export interface Plan {
  readonly workspaceId: string;
  readonly text: Topic | HostileText;
  readonly contact: Contact;
  readonly state: ConversationStatus;
  readonly priority: Priority;
  readonly adminAssigneeId: number;
  readonly teamAssigneeId: number;
  /** Started without a subject, as chats often are. */
  readonly untitled?: boolean;
  /** How long the customer has been waiting, in seconds; null when a teammate wrote last. */
  readonly waiting: number | null;
}

export interface Surroundings {
  readonly random: SeededRandom;
  readonly now: number;
  readonly companies: readonly Company[];
  /** Who may have answered. */
  readonly teammates: readonly Author[];
}

/** 15 digits, as Intercom's are. `number` is the position in the seed. */
export function conversationId(number: number): string {
  return String(215_473_000_000_000 + number * 1_009);
}

export function newConversation(number: number, plan: Plan, around: Surroundings): Conversation {
  const { random, now } = around;
  const words = fillIn(random, companyName(plan, around));
  const customer = customerOf(plan.contact);
  const wait = plan.waiting ?? random.int(HOUR, 20 * DAY);
  const parts = history(number, plan, around, words);
  const first = parts[0]?.createdAt ?? now - wait;
  const createdAt = plan.waiting !== null && parts.length === 0 ? now - wait : first - random.int(5 * MINUTE, 6 * HOUR);
  return {
    id: conversationId(number),
    workspaceId: plan.workspaceId,
    title: plan.untitled === true ? null : words(plan.text.title),
    createdAt,
    updatedAt: parts.at(-1)?.createdAt ?? createdAt,
    waitingSince: plan.waiting === null ? null : now - plan.waiting,
    snoozedUntil: plan.state === 'snoozed' ? now + random.int(2 * HOUR, 6 * DAY) : null,
    state: plan.state,
    read: plan.state === 'closed' || random.chance(0.5),
    priority: plan.priority,
    adminAssigneeId: plan.adminAssigneeId,
    teamAssigneeId: plan.teamAssigneeId,
    companyId: plan.contact.companyIds[0] ?? null,
    contactIds: [plan.contact.id],
    tagIds: isTopic(plan.text) ? plan.text.tags.filter(() => random.chance(0.8)) : [],
    rating: null,
    source: source(number, plan, words, customer, random),
    parts,
  };
}

function source(number: number, plan: Plan, words: Fill, author: Author, random: SeededRandom): Conversation['source'] {
  const byMail = author.email !== null && random.chance(0.35);
  return {
    type: byMail ? 'email' : 'conversation',
    id: String(403_900_000 + number),
    deliveredAs: 'customer_initiated',
    subject: byMail ? words(plan.text.title) : '',
    body: words(isTopic(plan.text) ? random.pick(plan.text.openers) : plan.text.body),
    author,
    url: byMail ? null : 'https://app.northwind.example/boards',
  };
}

type Fill = (text: string) => string;

/** The messages after the first one, oldest first; the last of them is by whoever the plan says wrote last. */
function history(number: number, plan: Plan, around: Surroundings, words: Fill): Part[] {
  const { random, now } = around;
  const lines = exchange(plan, around);
  const last = now - (plan.waiting ?? random.int(HOUR, 20 * DAY));
  const times = timesUpTo(last, lines.length, random);
  const parts = lines.map((line, index): Part => ({
    id: String(number * 1000 + index),
    type: 'comment',
    body: words(line.body),
    createdAt: times[index] as number,
    author: line.author,
    state: 'open',
    assignedTo: null,
  }));
  return plan.state === 'open' ? parts : [...parts, ending(number, plan, around, last)];
}

/** `count` times in ascending order, the last of them `last`. */
function timesUpTo(last: number, count: number, random: SeededRandom): number[] {
  const times = [last];
  while (times.length < count) times.unshift((times[0] as number) - random.int(20 * MINUTE, 5 * HOUR));
  return times;
}

interface Line {
  readonly body: string;
  readonly author: Author;
}

/** Answers and questions in turn, none of them twice; the last one is an answer unless the customer waits. */
function exchange(plan: Plan, around: Surroundings): Line[] {
  const { random, teammates } = around;
  if (!isTopic(plan.text)) return [];
  const teammate = teammates.find((t) => t.id === String(plan.adminAssigneeId)) ?? random.pick(teammates);
  const answers = [...random.sample(plan.text.answers, 2), ...random.sample(USUAL_ANSWERS, 2)];
  const questions = [...random.sample(plan.text.followUps, 1), ...random.sample(USUAL_FOLLOW_UPS, 2)];
  const length = random.int(0, 2) * 2 + (plan.waiting === null ? 1 : 0);
  return Array.from({ length }, (_, index): Line => {
    const turn = Math.floor(index / 2);
    return index % 2 === 0
      ? { body: answers[turn] as string, author: teammate }
      : { body: questions[turn] as string, author: customerOf(plan.contact) };
  });
}

function ending(number: number, plan: Plan, around: Surroundings, last: number): Part {
  const author = around.random.pick(around.teammates);
  return {
    id: String(number * 1000 + 999),
    type: plan.state === 'closed' ? 'close' : 'snoozed',
    body: null,
    createdAt: last + MINUTE,
    author,
    state: plan.state,
    assignedTo: null,
  };
}

export function customerOf(contact: Contact): Author {
  return { type: contact.role, id: contact.id, name: contact.name, email: contact.email === '' ? null : contact.email };
}

function companyName(plan: Plan, around: Surroundings): string {
  const company = around.companies.find((c) => c.id === plan.contact.companyIds[0]);
  return company?.name ?? 'our company';
}

function isTopic(text: Topic | HostileText): text is Topic {
  return 'openers' in text;
}
