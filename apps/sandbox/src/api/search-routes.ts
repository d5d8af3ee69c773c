import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../sandbox-context.js';
import { compileQuery } from '../search/compile-query.js';
import { CONTACT_SEARCH } from '../search/contact-fields.js';
import { CONVERSATION_SEARCH } from '../search/conversation-fields.js';
import type { FieldValue, SearchDialect } from '../search/dialect.js';
import { paginate, readPageRequest, type Order, type Page } from '../search/paginate.js';
import type { Conversation } from '../store/model.js';
import { callerOf } from './authenticate.js';
import { ApiError, notFound, parameterInvalid } from './errors.js';
import { presentContact } from './present-people.js';
import { presentConversation, presentWholeConversation } from './present-conversation.js';
import { bodyOf, integerParameter, parametersOf, queryOf, type Fields } from './request-input.js';

const CONVERSATIONS_PER_PAGE = 20;
const CONTACTS_PER_PAGE = 50;

const NEWEST_FIRST: Order<Conversation> = { key: (conversation) => conversation.updatedAt, descending: true };

export function conversationRoutes(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.get('/conversations', async (request) => {
    const { workspace } = callerOf(context, request);
    const query = queryOf(request);
    const page = readPageRequest(integerParameter(query, 'per_page'), query.starting_after, CONVERSATIONS_PER_PAGE);
    return conversationList(
      context,
      paginate(store.conversationsOf(workspace.id), NEWEST_FIRST, page, [workspace.id, 'list']),
    );
  });
  app.post('/conversations/search', async (request) => {
    const { workspace } = callerOf(context, request);
    const body = bodyOf(request);
    const matches = compileQuery(body.query, CONVERSATION_SEARCH, workspace.timezone);
    const found = store.conversationsOf(workspace.id).filter(matches);
    const page = pageOfBody(body, CONVERSATIONS_PER_PAGE);
    const order = orderOf(body.sort, CONVERSATION_SEARCH, 'updated_at');
    return conversationList(context, paginate(found, order, page, [workspace.id, body.query, body.sort]));
  });
  app.get('/conversations/:id', async (request) => {
    const { workspace } = callerOf(context, request);
    const conversation = store.conversation(workspace.id, parametersOf(request).id ?? '');
    if (conversation === null) throw notFound();
    return presentWholeConversation(
      conversation,
      store,
      queryOf(request).display_as === 'plaintext' ? 'plaintext' : 'html',
    );
  });
}

export function contactSearchRoute(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.post('/contacts/search', async (request) => {
    const { workspace } = callerOf(context, request);
    const body = bodyOf(request);
    const matches = compileQuery(body.query, CONTACT_SEARCH, workspace.timezone);
    const found = store.contactsOf(workspace.id).filter((contact) => contact.mergedInto === null && matches(contact));
    const order = orderOf(body.sort, CONTACT_SEARCH, 'created_at');
    const page = paginate(found, order, pageOfBody(body, CONTACTS_PER_PAGE), [workspace.id, body.query, body.sort]);
    return {
      type: 'list',
      data: page.items.map((contact) => presentContact(contact, store)),
      total_count: page.total,
      pages: page.pages,
    };
  });
}

function conversationList({ store }: SandboxContext, page: Page<Conversation>): object {
  return {
    type: 'conversation.list',
    conversations: page.items.map((conversation) => presentConversation(conversation, store)),
    total_count: page.total,
    pages: page.pages,
  };
}

function pageOfBody(body: Fields, usual: number): ReturnType<typeof readPageRequest> {
  const pagination = body.pagination ?? {};
  if (typeof pagination !== 'object' || Array.isArray(pagination))
    throw parameterInvalid('pagination must be an object', 'pagination');
  const { per_page: perPage, starting_after: startingAfter } = pagination as Fields;
  return readPageRequest(perPage, startingAfter, usual);
}

/** Newest first unless asked otherwise; a missing value sorts as the smallest. */
function orderOf<T>(sort: unknown, dialect: SearchDialect<T>, usual: string): Order<T> {
  if (sort !== undefined && (typeof sort !== 'object' || sort === null))
    throw parameterInvalid('sort must be an object', 'sort');
  const { field: name = usual, order = 'descending' } = (sort ?? {}) as Fields;
  if (order !== 'ascending' && order !== 'descending') {
    throw new ApiError(
      400,
      'invalid_sort_order',
      `Invalid sort order '${String(order)}'. Must be one of: ascending, descending`,
    );
  }
  const field = typeof name === 'string' ? dialect.field(name) : null;
  if (field === null) throw new ApiError(400, 'invalid_field', `Cannot sort by ${String(name)}`, 'sort');
  return { key: (item) => sortKey(field.get(item), field.type), descending: order === 'descending' };
}

function sortKey(value: FieldValue | readonly FieldValue[], type: string): number | string {
  if (type === 'string') return String(Array.isArray(value) ? (value[0] ?? '') : (value ?? ''));
  return Number(value ?? -1);
}
