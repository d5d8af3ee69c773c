const STAMP = 1_781_000_000;

/** Who the stub's token belongs to, as `GET /me` tells it. */
export const ME = JSON.stringify({
  type: 'admin',
  id: '814860',
  name: 'Bench Teammate',
  email: 'bench@example.com',
  email_verified: true,
  has_inbox_seat: true,
  team_ids: [814865],
  app: { type: 'app', id_code: 'benchapp', name: 'Bench', created_at: STAMP, region: 'US', timezone: 'Europe/Berlin' },
});

export const TOKEN = JSON.stringify({
  token_type: 'Bearer',
  token: 'bench-access-token',
  access_token: 'bench-access-token',
});

/** A conversation of about 1.2 kB, with the fields that Intercom sends. */
export const CONVERSATION = JSON.stringify({
  type: 'conversation',
  id: '215469876543210',
  title: 'Export stops at 90 %',
  created_at: STAMP,
  updated_at: STAMP + 900,
  waiting_since: STAMP + 600,
  snoozed_until: null,
  state: 'open',
  open: true,
  read: false,
  priority: 'high',
  admin_assignee_id: 814860,
  team_assignee_id: 0,
  source: {
    type: 'conversation',
    id: '403918330',
    delivered_as: 'customer_initiated',
    subject: '',
    body: 'The export stops at 90 % and then nothing happens. We tried two browsers.',
    author: { type: 'user', id: '6762f0d01bb69f9f2193bb7d', name: 'Ada Lovelace', email: 'ada@example.com' },
  },
  contacts: {
    type: 'contact.list',
    contacts: [{ type: 'contact', id: '6762f0d01bb69f9f2193bb7d', external_id: '70' }],
  },
  tags: { type: 'tag.list', tags: [{ type: 'tag', id: '7522907', name: 'export' }] },
  conversation_parts: {
    type: 'conversation_part.list',
    total_count: 1,
    conversation_parts: [
      {
        type: 'conversation_part',
        id: '264',
        part_type: 'comment',
        body: 'Thank you, we are looking into it.',
        created_at: STAMP + 300,
        updated_at: STAMP + 300,
        author: { type: 'admin', id: '814860', name: 'Bench Teammate', email: 'bench@example.com' },
        attachments: [],
        redacted: false,
      },
    ],
  },
});
