import { connect } from 'node:net';
import { AMARA, CHLOE, errorOf, SandboxClient } from './sandbox-client.js';

interface Logged {
  requests: {
    method: string;
    path: string;
    status: number | null;
    fault_id: string | null;
    token_hash: string;
    headers: Record<string, string>;
    body: unknown;
  }[];
}

describe('faults and the request log', () => {
  let client: SandboxClient;
  let token: string;
  beforeEach(async () => {
    client = await SandboxClient.start();
    token = await client.token();
    await client.control('DELETE', 'requests');
  });
  afterEach(() => SandboxClient.closeAll());

  const fault = (body: object): Promise<{ id: string }> => client.control('POST', 'faults', body);
  const me = (): ReturnType<SandboxClient['call']> => client.call('GET', '/me', { token });
  const log = (): Promise<Logged> => client.control('GET', 'requests');
  const reply = (id: string, body = 'Hello'): ReturnType<SandboxClient['call']> =>
    client.call('POST', `/conversations/${id}/reply`, {
      token,
      json: { message_type: 'comment', type: 'admin', admin_id: AMARA, body },
    });

  describe('answers', () => {
    it.each<[string, object, number, string]>([
      ['a status with its usual code', { kind: 'status', status: 503 }, 503, 'service_unavailable'],
      [
        'a status with a code of choice',
        { kind: 'status', status: 403, code: 'api_plan_restricted', message: 'No' },
        403,
        'api_plan_restricted',
      ],
      ['a rate limit', { kind: 'rate_limit', reset_seconds: 7 }, 429, 'rate_limit_exceeded'],
    ])('gives %s', async (_name, recipe, status, code) => {
      await fault(recipe);
      const answer = await me();
      expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    });

    it('says when the rate limit ends', async () => {
      await fault({ kind: 'rate_limit', reset_seconds: 7 });
      const { headers } = await me();
      expect(Number(headers['x-ratelimit-reset'])).toBe(client.clock.now() / 1000 + 7);
      expect(headers['x-ratelimit-remaining']).toBe('0');
    });

    it('gives a whole body of choice, also an empty one', async () => {
      await fault({ kind: 'status', status: 200, body: { type: 'surprise' }, times: 1 });
      await fault({ kind: 'status', status: 200, body: '' });
      expect((await me()).json).toEqual({ type: 'surprise' });
      expect((await me()).text).toBe('');
    });

    it('gives a page of HTML and broken JSON', async () => {
      await fault({ kind: 'html', times: 1 });
      await fault({ kind: 'malformed_json' });
      const page = await me();
      expect([page.status, page.headers['content-type']]).toEqual([502, 'text/html; charset=utf-8']);
      expect(() => JSON.parse(page.text)).toThrow('JSON');
      const broken = await me();
      expect([broken.status, broken.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
      expect(() => JSON.parse(broken.text)).toThrow('JSON');
    });

    it('redirects to a host of choice', async () => {
      await fault({ kind: 'redirect', status: 307, url: 'https://attacker.example/me' });
      const answer = await me();
      expect([answer.status, answer.headers.location]).toEqual([307, 'https://attacker.example/me']);
    });

    it('repeats the credential it was sent, in a header and in the body', async () => {
      await fault({ kind: 'echo_token' });
      const answer = await me();
      expect(answer.text).toContain(token);
      expect(answer.headers['x-echo-authorization']).toBe(`Bearer ${token}`);
    });

    it('fails the exchange of a code and leaves the code unspent', async () => {
      await fault({ kind: 'token_exchange_failure', times: 1 });
      const code = await client.code();
      expect((await client.exchange(code)).status).toBe(401);
      expect((await client.exchange(code)).status).toBe(200);
    });
  });

  describe('connections', () => {
    it('cuts the connection after the whole request was read, without doing anything', async () => {
      const {
        waiting_long: [id = ''],
      } = await client.control<{ waiting_long: string[] }>('GET', 'summary');
      const before = client.sandbox.store.conversation('nw4kq2tz', id)?.parts.length;
      await fault({ kind: 'reset', match: { method: 'POST' } });
      await expect(reply(id)).rejects.toThrow(/ECONNRESET|other side closed/);
      expect(client.sandbox.store.conversation('nw4kq2tz', id)?.parts.length).toBe(before);
      expect((await log()).requests.at(-1)).toMatchObject({
        path: `/conversations/${id}/reply`,
        status: null,
        body: { body: 'Hello' },
      });
    });

    it('lets a write take effect and loses only its answer, when asked to', async () => {
      const {
        waiting_long: [id = ''],
      } = await client.control<{ waiting_long: string[] }>('GET', 'summary');
      await fault({ kind: 'reset', match: { path: '/conversations/*/reply' }, after_effect: true, times: 1 });
      await expect(reply(id, 'Sent after all')).rejects.toThrow(/ECONNRESET|other side closed/);
      const { text } = await client.call('GET', `/conversations/${id}`, { token });
      expect(text.match(/Sent after all/g)).toHaveLength(1);
      expect((await log()).requests.filter((entry) => entry.method === 'POST')).toHaveLength(1);
    });

    it('cuts a body short', async () => {
      await fault({ kind: 'truncate', times: 1 });
      await expect(me()).rejects.toThrow(/closed|terminated|aborted/i);
      await fault({ kind: 'truncate', after_effect: true, times: 1 });
      await expect(me()).rejects.toThrow(/closed|terminated|aborted/i);
      expect((await me()).status).toBe(200);
    });

    it('streams a body as large as asked, and survives a reader that leaves', async () => {
      await fault({ kind: 'huge', bytes: 3_000_000 });
      const whole = await me();
      expect(whole.text.length).toBeGreaterThan(3_000_000);
      await client.control('DELETE', 'faults');
      await fault({ kind: 'huge', times: 1 });
      await leaveAfterFirstBytes(client.url, token);
      expect((await me()).status).toBe(200);
    });

    it('hangs until the caller gives up', async () => {
      await fault({ kind: 'hang', times: 1 });
      const givingUp = new AbortController();
      const pending = client.call('GET', '/me', { token, signal: givingUp.signal });
      while ((await log()).requests.length === 0);
      givingUp.abort();
      await expect(pending).rejects.toThrow(/abort/i);
      expect((await me()).status).toBe(200);
    });

    it('answers slowly but rightly', async () => {
      await fault({ kind: 'slow', ms: 5 });
      expect((await me()).status).toBe(200);
    });

    it('closes while a request hangs', async () => {
      const other = await SandboxClient.start();
      await other.control('POST', 'faults', { kind: 'hang' });
      const outcome = other.call('GET', '/tags').then(
        () => 'answered',
        () => 'cut',
      );
      while ((await other.control<Logged>('GET', 'requests')).requests.length === 0);
      await other.close();
      expect(await outcome).toBe('cut');
    });
  });

  describe('what a fault fits', () => {
    it('is played as often as asked, and the next one after it', async () => {
      await fault({ kind: 'status', status: 500, times: 2 });
      await fault({ kind: 'status', status: 404, times: 1 });
      const statuses = [];
      for (let index = 0; index < 4; index += 1) statuses.push((await me()).status);
      expect(statuses).toEqual([500, 500, 404, 200]);
    });

    it('spares other methods, other paths and other teammates', async () => {
      const other = await client.token(CHLOE);
      await fault({ kind: 'status', match: { method: 'post' } });
      await fault({ kind: 'status', match: { path: '/admins/*' } });
      await fault({ kind: 'status', match: { teammate_id: CHLOE } });
      expect((await client.call('GET', '/admins', { token })).status).toBe(200);
      expect((await client.call('GET', '/admins/1000001', { token })).status).toBe(500);
      expect((await client.call('POST', '/contacts/search', { token, json: {} })).status).toBe(500);
      expect((await client.call('GET', '/me', { token: other })).status).toBe(500);
      expect((await me()).status).toBe(200);
    });

    it('is gone once deleted, and the control API is never hit by one', async () => {
      const { id } = await fault({ kind: 'status' });
      await client.control('DELETE', `faults/${id}`);
      await expect(client.control('DELETE', `faults/${id}`)).rejects.toThrow('no such fault');
      await fault({ kind: 'hang' });
      expect((await client.control<{ faults: unknown[] }>('GET', 'faults')).faults).toHaveLength(1);
      await client.control('POST', 'reset');
      expect((await client.control<{ faults: unknown[] }>('GET', 'faults')).faults).toHaveLength(0);
    });

    it.each([
      ['an unknown kind', { kind: 'explode' }],
      ['a number of times that is none', { kind: 'html', times: 0 }],
      ['slow with after_effect', { kind: 'slow', after_effect: true }],
    ])('cannot be %s', async (_name, body) => {
      await expect(fault(body)).rejects.toThrow('parameter_invalid');
    });
  });

  describe('the request log', () => {
    it('holds what was asked, by whom and how it ended, and no credential', async () => {
      const code = await client.code();
      const { json } = await client.exchange(code);
      await client.call('GET', '/conversations?per_page=5', { token: json.access_token });
      const { requests } = await log();
      expect(requests.map((entry) => `${entry.method} ${entry.path} ${entry.status}`)).toEqual([
        'POST /oauth 302',
        'POST /auth/eagle/token 200',
        'GET /conversations 200',
      ]);
      expect(requests[2]).toMatchObject({
        query: [['per_page', '5']],
        teammate_id: AMARA,
        workspace_id: 'nw4kq2tz',
        headers: { 'intercom-version': '2.16' },
      });
      const text = JSON.stringify(requests);
      for (const secret of [code, json.access_token, 'test-app-secret']) expect(text).not.toContain(secret);
      expect(requests[2]?.headers.authorization).toBe(`Bearer sha256:${requests[2]?.token_hash}`);
    });

    it('names a large body instead of keeping it', async () => {
      await reply('1', 'x'.repeat(100_000));
      expect((await log()).requests[0]?.body).toEqual({ omitted_bytes: expect.any(Number) });
    });

    it('can be emptied', async () => {
      await me();
      await client.control('DELETE', 'requests');
      expect((await log()).requests).toEqual([]);
    });
  });

  describe('teammates', () => {
    it('can be changed, and show it in the API', async () => {
      await client.control('PATCH', `teammates/${AMARA}`, {
        role: { id: '3', name: 'Agent' },
        team_ids: [5017693],
        email_verified: false,
      });
      expect((await me()).json).toMatchObject({ email_verified: false, team_ids: [5017693] });
      expect((await client.call('GET', `/admins/${AMARA}`, { token })).json).toMatchObject({ role: { name: 'Agent' } });
    });

    it.each([{ id: '7' }, { has_inbox_seat: 'yes' }, { role: 'Admin' }, { team_ids: ['1'] }])(
      'are not changed by %j',
      async (patch) => {
        await expect(client.control('PATCH', `teammates/${AMARA}`, patch)).rejects.toThrow('parameter_invalid');
      },
    );
  });
});

/** Reads the beginning of an answer and hangs up. */
function leaveAfterFirstBytes(url: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET /me HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    });
    socket.once('data', () => socket.destroy());
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
}
