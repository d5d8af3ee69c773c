import { convert } from 'html-to-text';
import { teammateIdsOf } from '../search/conversation-fields.js';
import { statisticsOf } from '../search/statistics.js';
import type { Author, Contact, Conversation, Part, Rating } from '../store/model.js';
import type { Store } from '../store/store.js';
import { presentCompany } from './present-people.js';

/** Intercom returns the newest 500 parts and no more. */
const MAX_PARTS = 500;

export type DisplayAs = 'html' | 'plaintext';

/** A conversation as lists and searches show it: without its parts. */
export function presentConversation(conversation: Conversation, store: Store): object {
  return {
    type: 'conversation',
    id: conversation.id,
    title: conversation.title,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
    waiting_since: conversation.waitingSince,
    snoozed_until: conversation.snoozedUntil,
    // True while snoozed, as Intercom has it.
    open: conversation.state !== 'closed',
    state: conversation.state,
    read: conversation.read,
    priority: conversation.priority,
    admin_assignee_id: conversation.adminAssigneeId,
    team_assignee_id: conversation.teamAssigneeId,
    ...related(conversation, store),
    conversation_rating: presentRating(conversation.rating),
    source: presentSource(conversation),
    custom_attributes: {},
    first_contact_reply: {
      created_at: conversation.createdAt,
      type: conversation.source.type,
      url: conversation.source.url,
    },
    sla_applied: null,
    statistics: { type: 'conversation_statistics', ...statisticsOf(conversation) },
    linked_objects: { type: 'list', total_count: 0, has_more: false, data: [] },
    ai_agent_participated: false,
    ai_agent: null,
  };
}

/** A conversation as its own page and every write show it. */
export function presentWholeConversation(
  conversation: Conversation,
  store: Store,
  displayAs: DisplayAs = 'html',
): object {
  const { source, ...rest } = presentConversation(conversation, store) as { source: { subject: string; body: string } };
  const text = displayAs === 'plaintext' ? plaintext : (html: string) => html;
  const parts = conversation.parts.slice(-MAX_PARTS);
  return {
    ...rest,
    source: { ...source, subject: text(source.subject), body: text(source.body) },
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: parts.map((part) => presentPart(part, text)),
      total_count: conversation.parts.length,
    },
  };
}

function related(conversation: Conversation, store: Store): object {
  const { workspaceId, companyId, tagIds, contactIds } = conversation;
  const company = store.companiesOf(workspaceId).find((candidate) => candidate.id === companyId);
  const tags = store.tagsOf(workspaceId).filter((tag) => tagIds.includes(tag.id));
  const contacts = contactIds.map((id) => store.contact(workspaceId, id)).filter((contact) => contact !== null);
  return {
    company: company === undefined ? null : presentCompany(company, store.contactsOf(workspaceId)),
    tags: {
      type: 'tag.list',
      tags: tags.map((tag) => ({
        type: 'tag',
        id: tag.id,
        name: tag.name,
        applied_at: conversation.createdAt,
        applied_by: null,
      })),
    },
    contacts: { type: 'contact.list', contacts: contacts.map((contact) => contactReference(contact)) },
    teammates: { type: 'admin.list', teammates: teammateIdsOf(conversation).map((id) => ({ type: 'admin', id })) },
  };
}

function contactReference(contact: Contact): object {
  return { type: 'contact', id: contact.id, external_id: contact.externalId };
}

function presentRating(rating: Rating | null): object | null {
  if (rating === null) return null;
  return {
    ...(rating.score === null ? {} : { rating: rating.score }),
    ...(rating.remark === null ? {} : { remark: rating.remark }),
    created_at: rating.requestedAt,
    updated_at: rating.repliedAt ?? rating.requestedAt,
    contact: { type: 'contact', id: rating.contactId, external_id: null },
    teammate: { type: 'admin', id: rating.teammateId },
  };
}

function presentSource({ source }: Conversation): object {
  return {
    type: source.type,
    id: source.id,
    delivered_as: source.deliveredAs,
    subject: source.subject,
    body: source.body,
    author: presentAuthor(source.author),
    attachments: [],
    url: source.url,
    redacted: false,
  };
}

function presentPart(part: Part, text: (html: string) => string): object {
  return {
    type: 'conversation_part',
    id: part.id,
    part_type: part.type,
    body: part.body === null ? null : text(part.body),
    created_at: part.createdAt,
    updated_at: part.createdAt,
    notified_at: part.createdAt,
    assigned_to: part.assignedTo,
    author: presentAuthor(part.author),
    attachments: [],
    external_id: null,
    redacted: false,
    email_message_metadata: null,
    state: part.state,
    tags: [],
    event_details: null,
    app_package_code: null,
  };
}

/** The author of a part has no nullable e-mail in the description: it is left out when there is none. */
function presentAuthor({ type, id, name, email }: Author): object {
  return { type, id, name, ...(email === null ? {} : { email }) };
}

function plaintext(html: string): string {
  return convert(html, { wordwrap: false, selectors: [{ selector: 'a', options: { linkBrackets: ['(', ')'] } }] });
}
