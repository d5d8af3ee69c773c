import {
  AMARA,
  CHLOE,
  DMITRI_WITHOUT_SEAT,
  errorOf,
  FREJA_OF_BOREALIS,
  SandboxClient,
  type Answer,
} from './sandbox-client.js';

interface Whole {
  id: string;
  state: string;
  open: boolean;
  waiting_since: number | null;
  snoozed_until: number | null;
  updated_at: number;
  admin_assignee_id: number;
  team_assignee_id: number;
  source: { author: { id: string } };
  conversation_parts: {
    total_count: number;
    conversation_parts: {
      id: string;
      part_type: string;
      body: string | null;
      author: { id: string; type: string };
      assigned_to: unknown;
    }[];
  };
}

describe('writes', () => {
  let client: SandboxClient;
  let token: string;
  let ids: string[];
  beforeEach(async () => {
    client = await SandboxClient.start();
    token = await client.token();
    ids = (await client.control<{ waiting_long: string[] }>('GET', 'summary')).waiting_long;
  });
  afterEach(() => SandboxClient.closeAll());

  const read = async (id: string): Promise<Whole> =>
    (await client.call<Whole>('GET', `/conversations/${id}`, { token })).json;
  const reply = (id: string, body: object, as = token): Promise<Answer<Whole>> =>
    client.call('POST', `/conversations/${id}/reply`, {
      token: as,
      json: { message_type: 'comment', type: 'admin', admin_id: AMARA, body: 'Hello', ...body },
    });
  const manage = (id: string, body: object, as = token): Promise<Answer<Whole>> =>
    client.call('POST', `/conversations/${id}/parts`, { token: as, json: { type: 'admin', admin_id: AMARA, ...body } });
  const found = async (field: string, value: unknown): Promise<number> => {
    const query = {
      operator: 'AND',
      value: [
        { field: 'id', operator: '=', value: ids[0] },
        { field, operator: '=', value },
      ],
    };
    return (await client.call<{ total_count: number }>('POST', '/conversations/search', { token, json: { query } }))
      .json.total_count;
  };

  it('shows a reply in later reads and searches, and ends the wait', async () => {
    const [id = ''] = ids;
    const before = await read(id);
    client.clock.advance(60);
    const { status, json } = await reply(id, { body: 'We are on it.' });
    expect(status).toBe(200);
    const after = await read(id);
    expect(after).toEqual(json);
    expect(after.conversation_parts.total_count).toBe(before.conversation_parts.total_count + 1);
    expect(after.conversation_parts.conversation_parts.at(-1)).toMatchObject({
      part_type: 'comment',
      body: '<p>We are on it.</p>',
      author: { id: AMARA, type: 'admin' },
    });
    expect(after.waiting_since).toBeNull();
    expect(after.updated_at).toBe(client.sandbox.store.now());
    expect(await found('waiting_since', null)).toBe(1);
  });

  it('keeps the wait when only a note was written', async () => {
    const [id = ''] = ids;
    const { json } = await reply(id, { message_type: 'note', body: '<p>VIP, <b>careful</b></p>' });
    expect(json.waiting_since).not.toBeNull();
    expect(json.conversation_parts.conversation_parts.at(-1)).toMatchObject({
      part_type: 'note',
      body: '<p>VIP, <b>careful</b></p>',
    });
  });

  it('lets a customer answer, which starts the wait and opens the conversation again', async () => {
    const [id = ''] = ids;
    await reply(id, {});
    const closed = await manage(id, { message_type: 'close' });
    const body = {
      message_type: 'comment',
      type: 'user',
      intercom_user_id: closed.json.source.author.id,
      body: 'Still broken',
    };
    const { json } = await client.call<Whole>('POST', `/conversations/${id}/reply`, { token, json: body });
    expect(json).toMatchObject({ state: 'open', waiting_since: client.sandbox.store.now() });
    expect(json.conversation_parts.conversation_parts.at(-1)?.author.id).toBe(closed.json.source.author.id);
  });

  it('assigns a teammate and a team independently, and takes them away with 0', async () => {
    const [id = ''] = ids;
    const first = await manage(id, { message_type: 'assignment', assignee_id: CHLOE });
    expect(first.json).toMatchObject({ admin_assignee_id: Number(CHLOE), team_assignee_id: 5017692 });
    expect(first.json.conversation_parts.conversation_parts.at(-1)).toMatchObject({
      part_type: 'assignment',
      assigned_to: { type: 'admin', id: CHLOE },
    });
    await manage(id, { message_type: 'assignment', type: 'team', assignee_id: '5017693' });
    await manage(id, { message_type: 'assignment', assignee_id: '0' });
    expect(await read(id)).toMatchObject({ admin_assignee_id: 0, team_assignee_id: 5017693 });
    expect(await found('admin_assignee_id', 0)).toBe(1);
  });

  it('closes, reopens and snoozes, and wakes a snoozed conversation when its time has come', async () => {
    const [id = ''] = ids;
    expect((await manage(id, { message_type: 'close', body: 'Done' })).json).toMatchObject({
      state: 'closed',
      open: false,
      waiting_since: null,
    });
    expect((await manage(id, { message_type: 'assignment', assignee_id: CHLOE })).json).toMatchObject({
      state: 'open',
    });
    const until = client.sandbox.store.now() + 3600;
    const snoozed = await manage(id, { message_type: 'snoozed', snoozed_until: until });
    expect(snoozed.json).toMatchObject({ state: 'snoozed', open: true, snoozed_until: until });
    client.clock.advance(3599);
    expect(await found('state', 'snoozed')).toBe(1);
    client.clock.advance(1);
    expect(await found('state', 'open')).toBe(1);
    expect((await manage(id, { message_type: 'open' })).json.snoozed_until).toBeNull();
  });

  it('takes "last" for the conversation that moved last, as Intercom does', async () => {
    await reply(ids[3] as string, {});
    client.clock.advance(1);
    expect((await reply('last', {})).json.id).toBe(ids[3]);
  });

  it('lets a token write as any teammate of the workspace, and logs whose token it was', async () => {
    const { json } = await reply(ids[0] as string, { admin_id: CHLOE });
    expect(json.conversation_parts.conversation_parts.at(-1)?.author.id).toBe(CHLOE);
    const { requests } = await client.control<{ requests: { teammate_id: string; body: { admin_id: string } }[] }>(
      'GET',
      'requests',
    );
    expect(requests.at(-1)).toMatchObject({
      method: 'POST',
      teammate_id: AMARA,
      body: { admin_id: CHLOE },
      status: 200,
    });
  });

  it('refuses every write of a teammate without an inbox seat and changes nothing, until the seat is given', async () => {
    const [id = ''] = ids;
    const seatless = await client.token(DMITRI_WITHOUT_SEAT);
    const before = await read(id);
    for (const answer of [await reply(id, {}, seatless), await manage(id, { message_type: 'close' }, seatless)]) {
      expect([answer.status, errorOf(answer).code]).toEqual([403, 'action_forbidden']);
    }
    expect(await read(id)).toEqual(before);
    expect((await client.call('GET', `/conversations/${id}`, { token: seatless })).status).toBe(200);
    await client.control('PATCH', `teammates/${DMITRI_WITHOUT_SEAT}`, { has_inbox_seat: true });
    expect((await reply(id, {}, seatless)).status).toBe(200);
  });

  it.each<[string, object, number, string]>([
    ['without admin_id', { admin_id: undefined }, 400, 'parameter_not_found'],
    ['with a number as admin_id', { admin_id: 1000001 }, 400, 'parameter_invalid'],
    ['as nobody', { admin_id: '1' }, 404, 'admin_not_found'],
    ['as a teammate of another workspace', { admin_id: FREJA_OF_BOREALIS }, 404, 'admin_not_found'],
    ['without a text', { body: undefined }, 400, 'parameter_invalid'],
    ['with an empty text', { body: '  ' }, 400, 'parameter_invalid'],
    ['of an unknown kind', { message_type: 'close' }, 400, 'parameter_invalid'],
    ['by a bot', { type: 'bot' }, 400, 'parameter_invalid'],
    ['by an unknown customer', { type: 'user', intercom_user_id: 'x' }, 404, 'not_found'],
    ['with quick replies but none given', { message_type: 'quick_reply' }, 400, 'parameter_not_found'],
  ])('refuses a reply %s and writes nothing', async (_name, body, status, code) => {
    const before = await read(ids[0] as string);
    const answer = await reply(ids[0] as string, body);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(await read(ids[0] as string)).toEqual(before);
  });

  it.each<[string, object, number, string]>([
    ['an unknown action', { message_type: 'assign' }, 400, 'parameter_invalid'],
    ['an assignment to nobody', { message_type: 'assignment', assignee_id: '42' }, 404, 'assignee_not_found'],
    [
      'an assignment of a teammate as a team',
      { message_type: 'assignment', type: 'team', assignee_id: CHLOE },
      404,
      'assignee_not_found',
    ],
    ['an assignment without an assignee', { message_type: 'assignment' }, 400, 'parameter_not_found'],
    ['a snooze into the past', { message_type: 'snoozed', snoozed_until: 5 }, 400, 'parameter_invalid'],
    ['a snooze without a time', { message_type: 'snoozed' }, 400, 'parameter_not_found'],
  ])('refuses %s', async (_name, body, status, code) => {
    const answer = await manage(ids[0] as string, body);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
  });

  it('does not write to a conversation of another workspace', async () => {
    const theirs = client.sandbox.store.conversationsOf('bo7rp1xe')[0]?.id as string;
    expect((await reply(theirs, {})).status).toBe(404);
  });
});
