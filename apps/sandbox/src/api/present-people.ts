import type { Store } from '../store/store.js';
import type { Company, Contact, Tag, Team, Teammate, Workspace } from '../store/model.js';

/** An admin as `GET /admins` shows it. */
export function presentAdmin(teammate: Teammate): object {
  return {
    type: 'admin',
    id: teammate.id,
    name: teammate.name,
    email: teammate.email,
    job_title: teammate.jobTitle,
    away_mode_enabled: teammate.awayModeEnabled,
    away_mode_reassign: false,
    has_inbox_seat: teammate.hasInboxSeat,
    team_ids: teammate.teamIds,
    role: { type: 'role', ...teammate.role },
  };
}

/** The admin of the token as `GET /me` shows it: with the workspace, without the role. */
export function presentMe(teammate: Teammate, workspace: Workspace): object {
  const { role: _role, ...admin } = presentAdmin(teammate) as { role: unknown };
  return {
    ...admin,
    avatar: { type: 'avatar', image_url: null },
    email_verified: teammate.emailVerified,
    app: {
      type: 'app',
      id_code: workspace.id,
      name: workspace.name,
      region: workspace.region,
      timezone: workspace.timezone,
      created_at: workspace.createdAt,
      identity_verification: false,
    },
  };
}

export function presentTeam(team: Team, teammates: readonly Teammate[]): object {
  return {
    type: 'team',
    id: team.id,
    name: team.name,
    admin_ids: teammates.filter((t) => t.teamIds.includes(Number(team.id))).map((t) => Number(t.id)),
    distribution_method: 'manual',
  };
}

export function presentTag(tag: Tag): object {
  return { type: 'tag', id: tag.id, name: tag.name };
}

export function presentCompany(company: Company, contacts: readonly Contact[]): object {
  return {
    type: 'company',
    id: company.id,
    company_id: company.companyId,
    app_id: company.workspaceId,
    name: company.name,
    plan: { type: 'plan', id: company.plan.toLowerCase(), name: company.plan },
    remote_created_at: company.createdAt,
    created_at: company.createdAt,
    updated_at: company.updatedAt,
    website: company.website,
    industry: company.industry,
    size: company.size,
    monthly_spend: company.monthlySpend,
    session_count: 0,
    user_count: contacts.filter((contact) => contact.companyIds.includes(company.id)).length,
    custom_attributes: {},
    tags: { type: 'tag.list', tags: [] },
    segments: { type: 'segment.list', segments: [] },
  };
}

export function presentContact(contact: Contact, store: Store): object {
  const domain = contact.email.split('@')[1];
  return {
    type: 'contact',
    id: contact.id,
    workspace_id: contact.workspaceId,
    external_id: contact.externalId,
    role: contact.role,
    email: contact.email,
    ...(domain === undefined ? {} : { email_domain: domain }),
    phone: contact.phone,
    name: contact.name,
    avatar: null,
    owner_id: contact.ownerId,
    ...flags(contact),
    ...times(contact),
    language_override: null,
    browser: contact.browser,
    browser_version: null,
    browser_language: null,
    os: contact.os,
    location: { type: 'location', ...contact.location },
    custom_attributes: contact.customAttributes,
    social_profiles: { data: [] },
    tags: linkedList(contact.id, 'tags', tagRows(contact, store)),
    notes: linkedList(contact.id, 'notes', []),
    companies: linkedList(contact.id, 'companies', companyRows(contact)),
  };
}

function flags(contact: Contact): object {
  return {
    has_hard_bounced: contact.hasHardBounced,
    marked_email_as_spam: contact.markedEmailAsSpam,
    unsubscribed_from_emails: contact.unsubscribedFromEmails,
  };
}

function times(contact: Contact): object {
  return {
    created_at: contact.createdAt,
    updated_at: contact.updatedAt,
    signed_up_at: contact.signedUpAt,
    last_seen_at: contact.lastSeenAt,
    last_replied_at: contact.lastRepliedAt,
    last_contacted_at: contact.lastContactedAt,
    last_email_opened_at: null,
    last_email_clicked_at: null,
  };
}

function tagRows(contact: Contact, store: Store): object[] {
  const tags = store.tagsOf(contact.workspaceId).filter((tag) => contact.tagIds.includes(tag.id));
  return tags.map((tag) => ({ type: 'tag', id: tag.id, url: `/tags/${tag.id}` }));
}

function companyRows(contact: Contact): object[] {
  return contact.companyIds.map((id) => ({ type: 'company', id, url: `/companies/${id}` }));
}

/** Intercom cuts lists inside a contact and links to the whole; the sandbox's are short enough to be whole. */
function linkedList(contactId: string, what: string, data: readonly object[]): object {
  return { data, url: `/contacts/${contactId}/${what}`, total_count: data.length, has_more: false };
}
