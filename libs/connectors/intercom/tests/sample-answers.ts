import type { JsonObject } from '#app/kernel';

/** Answers in the shape of Intercom's API description 2.16, with made-up people. */

export const ME: JsonObject = {
  type: 'admin',
  id: '991267715',
  email: 'ann@northwind.example',
  name: 'Ann Archer',
  email_verified: true,
  app: {
    type: 'app',
    id_code: 'northwind_id_code',
    name: 'Northwind',
    created_at: 1_734_537_243,
    identity_verification: false,
    timezone: 'Europe/Berlin',
    region: 'EU',
  },
  has_inbox_seat: true,
  team_ids: [5_017_691],
};

const TAG = { type: 'tag', id: '7522907', name: 'Billing' };

export const CONVERSATION_SUMMARY: JsonObject = {
  type: 'conversation',
  id: '215473000001009',
  title: 'Invoice \u202e2024',
  created_at: 1_734_537_559,
  updated_at: 1_734_537_561,
  waiting_since: 1_734_537_561,
  snoozed_until: null,
  open: true,
  state: 'open',
  read: false,
  priority: 'high',
  admin_assignee_id: 0,
  team_assignee_id: 5_017_691,
  company: { type: 'company', id: '6762f09a1bb69f9f2193bb34', name: 'Initech' },
  tags: { type: 'tag.list', tags: [TAG] },
  conversation_rating: { rating: 4, remark: 'ok', created_at: 1_734_537_560, updated_at: 1_734_537_560 },
  source: {
    type: 'email',
    id: '403918349',
    delivered_as: 'customer_initiated',
    subject: 'Invoice',
    body: '<p>Hello</p>',
    author: { type: 'user', id: '6762f1571bb69f9f2193bbbb', name: 'Joe Bloggs', email: 'joe@initech.example' },
    attachments: [],
    url: null,
    redacted: false,
  },
  contacts: {
    type: 'contact.list',
    contacts: [{ type: 'contact', id: '6762f1571bb69f9f2193bbbb', external_id: '70' }],
  },
};

export const CONVERSATION_PAGE: JsonObject = {
  type: 'conversation.list',
  conversations: [CONVERSATION_SUMMARY],
  total_count: 37,
  pages: {
    type: 'pages',
    page: 1,
    per_page: 1,
    total_pages: 37,
    next: { per_page: 1, starting_after: 'WzE3MzQ1Mzc1NjEsMV0=' },
  },
};

export function part(id: string, type: string, body: string | null, author: JsonObject): JsonObject {
  return {
    type: 'conversation_part',
    id,
    part_type: type,
    body,
    created_at: 1_734_537_561,
    updated_at: 1_734_537_561,
    notified_at: 1_734_537_561,
    author,
    attachments: [],
    external_id: null,
    redacted: false,
  };
}

export const JOE = { type: 'user', id: '6762f1571bb69f9f2193bbbb', name: 'Joe Bloggs', email: 'joe@initech.example' };
export const ANN_AUTHOR = { type: 'admin', id: '991267715', name: 'Ann Archer', email: 'ann@northwind.example' };

export function conversationWith(parts: readonly JsonObject[], changes: JsonObject = {}): JsonObject {
  return {
    ...CONVERSATION_SUMMARY,
    conversation_parts: { type: 'conversation_part.list', conversation_parts: parts, total_count: parts.length },
    ...changes,
  };
}

export const CONTACT_ID = '6762f0d01bb69f9f2193bb7d';

export const CONTACT: JsonObject = {
  type: 'contact',
  id: CONTACT_ID,
  workspace_id: 'northwind_id_code',
  external_id: '70',
  role: 'user',
  email: 'joe@initech.example',
  phone: null,
  name: 'Joe Bloggs',
  owner_id: '991267715',
  has_hard_bounced: false,
  created_at: 1_734_537_424,
  updated_at: 1_734_537_424,
  signed_up_at: 1_734_537_424,
  last_seen_at: 1_734_537_424,
  custom_attributes: { plan: 'pro', seats: 12, trial: false },
  location: { type: 'location', country: 'Ireland', region: 'Leinster', city: 'Dublin' },
  tags: {
    data: [{ type: 'tag', id: '7522907', url: '/tags/7522907' }],
    url: '/contacts/6762f0d01bb69f9f2193bb7d/tags',
    total_count: 1,
    has_more: false,
  },
  companies: {
    data: [{ type: 'company', id: '6762f09a1bb69f9f2193bb34', url: '/companies/6762f09a1bb69f9f2193bb34' }],
    url: '/contacts/6762f0d01bb69f9f2193bb7d/companies',
    total_count: 1,
    has_more: false,
  },
};

export const CONTACT_PAGE: JsonObject = {
  type: 'list',
  data: [CONTACT],
  total_count: 1,
  pages: { type: 'pages', page: 1, per_page: 20, total_pages: 1 },
};

function admin(id: string, name: string, email: string, away = false): JsonObject {
  return {
    type: 'admin',
    id,
    name,
    email,
    away_mode_enabled: away,
    away_mode_reassign: false,
    has_inbox_seat: true,
    team_ids: [],
  };
}

export const ADMINS: JsonObject = {
  type: 'admin.list',
  admins: [
    admin('991267715', 'Ann Archer', 'ann@northwind.example'),
    admin('991267800', 'Alex Kim', 'alex.kim@northwind.example', true),
    admin('991267801', 'Alex Kim', 'alexander@northwind.example'),
    admin('991267802', 'Ben Okafor', 'ben@northwind.example'),
  ],
};

export const TEAMS: JsonObject = {
  type: 'team.list',
  teams: [
    { type: 'team', id: '5017691', name: 'Billing', admin_ids: [991_267_715] },
    { type: 'team', id: '5017692', name: 'Technical', admin_ids: [] },
  ],
};
