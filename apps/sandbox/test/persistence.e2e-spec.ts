import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AMARA, SandboxClient, TestClock } from './sandbox-client.js';

describe('state that outlives the sandbox', () => {
  let folder: string;
  let stateFile: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-sandbox-'));
    stateFile = join(folder, 'deep', 'state.json');
  });
  afterEach(async () => {
    await SandboxClient.closeAll();
    await rm(folder, { recursive: true, force: true });
  });

  const waitingLong = async (client: SandboxClient): Promise<string[]> =>
    (await client.control<{ waiting_long: string[] }>('GET', 'summary')).waiting_long;
  const assign = (client: SandboxClient, token: string, id: string): ReturnType<SandboxClient['call']> => {
    const json = { message_type: 'assignment', type: 'admin', admin_id: AMARA, assignee_id: AMARA };
    return client.call('POST', `/conversations/${id}/parts`, { token, json });
  };

  it('keeps tokens, codes, revocations and what was written', async () => {
    const first = await SandboxClient.start({ stateFile });
    const [token, revoked] = [await first.token(), await first.token('1000002')];
    const code = await first.code('1000003');
    await first.control('POST', 'revoke', { teammate_id: '1000002' });
    await assign(first, token, '215473000001009');
    await first.close();

    const second = await SandboxClient.start({ stateFile }, first.clock);
    expect((await second.call('GET', '/me', { token })).json).toMatchObject({ id: AMARA });
    expect((await second.call('GET', '/me', { token: revoked })).status).toBe(401);
    expect((await second.exchange(code)).status).toBe(200);
    const { json } = await second.call('GET', '/conversations/215473000001009', { token });
    expect(json.admin_assignee_id).toBe(Number(AMARA));
  });

  it('has a token on disk before it is handed out, also without a clean end', async () => {
    const client = await SandboxClient.start({ stateFile });
    const token = await client.token();
    const twin = await SandboxClient.start({ stateFile }, client.clock);
    expect((await twin.call('GET', '/me', { token })).status).toBe(200);
  });

  it('keeps no credential in the file, and the file from other users', async () => {
    const client = await SandboxClient.start({ stateFile });
    const [token, code] = [await client.token(), await client.code()];
    await client.close();
    const text = await readFile(stateFile, 'utf8');
    for (const secret of [token, code, 'test-app-secret']) expect(text).not.toContain(secret);
    expect((await stat(stateFile)).mode & 0o077).toBe(0);
    expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
  });

  it('still has an answer to the first prompt a month later, and after the queue was worked off', async () => {
    const first = await SandboxClient.start({ stateFile });
    const token = await first.token();
    for (const id of await waitingLong(first)) await assign(first, token, id);
    expect(await waitingLong(first)).toEqual([]);
    await first.close();

    const second = await SandboxClient.start({ stateFile }, first.clock);
    const refilled = await waitingLong(second);
    expect(refilled).toHaveLength(5);
    for (const id of refilled) expect((await second.call('GET', `/conversations/${id}`, { token })).status).toBe(200);
    await second.close();

    const later = new TestClock(first.clock.now());
    later.advance(30 * 86_400);
    const third = await SandboxClient.start({ stateFile }, later);
    expect((await waitingLong(third)).length).toBeGreaterThanOrEqual(5);
  });

  it('starts afresh on request, without any token of before', async () => {
    const client = await SandboxClient.start({ stateFile });
    const token = await client.token();
    await assign(client, token, '215473000001009');
    await client.control('POST', 'reset');
    expect((await client.call('GET', '/me', { token })).status).toBe(401);
    expect(await waitingLong(client)).toHaveLength(8);
  });

  it.each([
    ['not JSON', '{"version":', /not JSON/],
    ['of another version', '{"version":99}', /another version/],
    ['something else', 'null', /another version/],
  ])('refuses to start with a file that is %s, and says what to do', async (_name, text, problem) => {
    const path = join(folder, 'state.json');
    await writeFile(path, text);
    const start = SandboxClient.start({ stateFile: path });
    await expect(start).rejects.toThrow(problem);
    await expect(start).rejects.toThrow(`delete ${path}`);
  });
});
