import type { FastifyInstance, FastifyRequest } from 'fastify';
import { customerOf } from '../data/seed-conversations.js';
import { authorOf } from '../data/seed.js';
import type { SandboxContext } from '../sandbox-context.js';
import type { Author, Contact, Conversation, Part } from '../store/model.js';
import type { Store } from '../store/store.js';
import { callerOf, requireSeat } from './authenticate.js';
import { ApiError, notFound } from './errors.js';
import { presentWholeConversation } from './present-conversation.js';
import { bodyOf, parametersOf } from './request-input.js';
import { parseManagement, parseReply, type ContactKey, type Management, type Reply } from './write-input.js';

/** Ids of parts that are written at run time; far above those of the seed. */
const FIRST_PART_ID = 900_000_000;

export function writeRoutes(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.post('/conversations/:id/reply', async (request) => {
    const workspaceId = writerWorkspace(context, request);
    const reply = parseReply(bodyOf(request));
    const contact = reply.by === 'contact' ? findContact(store, workspaceId, reply.contact) : null;
    const conversation = findConversation(store, workspaceId, parametersOf(request).id ?? '', contact);
    if (reply.by === 'admin') replyAsAdmin(store, conversation, reply, adminAuthor(store, workspaceId, reply.adminId));
    else if (contact !== null) replyAsContact(store, conversation, reply.body, contact);
    return presentWholeConversation(conversation, store);
  });
  app.post('/conversations/:id/parts', async (request) => {
    const workspaceId = writerWorkspace(context, request);
    const management = parseManagement(bodyOf(request), store.now());
    const conversation = findConversation(store, workspaceId, parametersOf(request).id ?? '', null);
    manage(store, conversation, management, adminAuthor(store, workspaceId, management.adminId));
    return presentWholeConversation(conversation, store);
  });
}

function writerWorkspace(context: SandboxContext, request: FastifyRequest): string {
  const caller = callerOf(context, request);
  requireSeat(caller);
  return caller.workspace.id;
}

/** `last` is the conversation that moved last: of the contact who replies, or of the whole inbox. */
function findConversation(store: Store, workspaceId: string, id: string, contact: Contact | null): Conversation {
  if (id !== 'last') {
    const conversation = store.conversation(workspaceId, id);
    if (conversation === null) throw notFound();
    return conversation;
  }
  const theirs = store
    .conversationsOf(workspaceId)
    .filter((c) => contact === null || c.contactIds.includes(contact.id));
  const last = theirs.toSorted((a, b) => b.updatedAt - a.updatedAt)[0];
  if (last === undefined) throw notFound();
  return last;
}

function findContact(store: Store, workspaceId: string, key: ContactKey): Contact {
  const contact = store.contactsOf(workspaceId).find((candidate) => candidate[key.field] === key.value);
  if (contact === undefined) throw notFound('User Not Found');
  return contact;
}

/** As at Intercom, any teammate of the workspace may be named, whoever the token belongs to. */
function adminAuthor(store: Store, workspaceId: string, adminId: string): Author {
  const teammate = store.teammate(adminId);
  if (teammate?.workspaceId !== workspaceId) throw new ApiError(404, 'admin_not_found', 'Admin for admin_id not found');
  return authorOf(teammate);
}

function replyAsAdmin(store: Store, conversation: Conversation, reply: Reply & { by: 'admin' }, author: Author): void {
  addPart(store, conversation, { type: reply.partType, body: asHtml(reply.body), author });
  if (reply.partType === 'note') return;
  conversation.waitingSince = null;
  conversation.read = true;
}

/** A customer's answer starts the wait again and wakes a conversation that was put aside. */
function replyAsContact(store: Store, conversation: Conversation, body: string, contact: Contact): void {
  conversation.state = 'open';
  conversation.snoozedUntil = null;
  conversation.waitingSince ??= store.now();
  conversation.read = false;
  addPart(store, conversation, { type: 'comment', body: asHtml(body), author: customerOf(contact) });
}

function manage(store: Store, conversation: Conversation, management: Management, author: Author): void {
  switch (management.action) {
    case 'close':
      conversation.state = 'closed';
      conversation.snoozedUntil = null;
      conversation.waitingSince = null;
      addPart(store, conversation, { type: 'close', body: asHtml(management.body), author });
      return;
    case 'snoozed':
      conversation.state = 'snoozed';
      conversation.snoozedUntil = management.until;
      addPart(store, conversation, { type: 'snoozed', body: null, author });
      return;
    case 'open':
      conversation.state = 'open';
      conversation.snoozedUntil = null;
      addPart(store, conversation, { type: 'open', body: null, author });
      return;
    default:
      assign(store, conversation, management, author);
  }
}

/** The teammate and the team are assigned independently; `0` takes either away. */
function assign(
  store: Store,
  conversation: Conversation,
  order: Management & { action: 'assignment' },
  author: Author,
): void {
  checkAssignee(store, conversation.workspaceId, order);
  if (order.to === 'admin') conversation.adminAssigneeId = Number(order.assigneeId);
  else conversation.teamAssigneeId = Number(order.assigneeId);
  const reopens = conversation.state !== 'open';
  conversation.state = 'open';
  conversation.snoozedUntil = null;
  addPart(store, conversation, {
    type: reopens ? 'assign_and_reopen' : 'assignment',
    body: asHtml(order.body),
    author,
    assignedTo: order.assigneeId === '0' ? null : { type: order.to, id: order.assigneeId },
  });
}

function checkAssignee(
  store: Store,
  workspaceId: string,
  { to, assigneeId }: Management & { action: 'assignment' },
): void {
  const candidates = to === 'admin' ? store.teammatesOf(workspaceId) : store.teamsOf(workspaceId);
  if (assigneeId !== '0' && !candidates.some((candidate) => candidate.id === assigneeId)) {
    throw new ApiError(404, 'assignee_not_found', 'Assignee not found');
  }
}

type NewPart = Pick<Part, 'type' | 'body' | 'author'> & Partial<Pick<Part, 'assignedTo'>>;

function addPart(store: Store, conversation: Conversation, part: NewPart): void {
  const now = store.now();
  conversation.parts.push({
    id: String(FIRST_PART_ID + store.nextNumber()),
    createdAt: now,
    state: conversation.state,
    assignedTo: null,
    ...part,
  });
  conversation.updatedAt = now;
  store.touched(conversation);
}

/** Plain text becomes a paragraph, as in Intercom; what looks like HTML already stays as it is. */
function asHtml(body: string | null): string | null {
  return body === null || /<[a-z][^>]*>/i.test(body) ? body : `<p>${body}</p>`;
}
