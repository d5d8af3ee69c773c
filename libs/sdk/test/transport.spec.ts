import { Gatehouse, GatehouseError, isGatehouseError, type GatehouseOptions } from '../src/index.js';
import { ScriptedServer, answer, hangUp, problem, silence } from './scripted-server.js';

const RESULT = { data: { id: '1' }, execution_id: 'exe_1' };
const CALL = { toolName: 'x_y', identifier: 'user_123', params: { a: 1 } };

describe('the client', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(() => server.close());

  const client = (more: Partial<GatehouseOptions> = {}): Gatehouse =>
    new Gatehouse({ url: `${server.url}/`, clientId: 'skc_1', clientSecret: 'secret', ...more });
  const failure = async (work: Promise<unknown>): Promise<GatehouseError> => {
    const error: unknown = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!isGatehouseError(error)) throw new Error(`expected a GatehouseError, got ${String(error)}`);
    return error;
  };

  describe('and its token', () => {
    it('is fetched once for calls that start together, and kept', async () => {
      const gatehouse = client();
      for (let count = 0; count < 21; count++) server.steps.push(answer(200, RESULT));
      await Promise.all(Array.from({ length: 20 }, () => gatehouse.tools.executeTool(CALL)));
      await gatehouse.tools.executeTool(CALL);
      expect(server.tokensGiven).toBe(1);
      expect(server.arrivals.every(({ headers }) => headers.authorization === 'Bearer t1')).toBe(true);
    });

    it('is replaced once when the server refuses it, and the call is made with the new one', async () => {
      server.steps.push(problem(401, 'unauthenticated'), answer(200, RESULT));
      expect(await client().tools.executeTool(CALL)).toMatchObject({ executionId: 'exe_1' });
      expect(server.arrivals.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
    });

    it('is not asked for a third time', async () => {
      server.steps.push(problem(401, 'unauthenticated'), problem(401, 'unauthenticated'));
      expect(await failure(client().tools.executeTool(CALL))).toMatchObject({ code: 'unauthenticated', status: 401 });
      expect(server.arrivals).toHaveLength(2);
    });

    it('can be refused, with the same class of error', async () => {
      server.tokenSteps.push(problem(401, 'unauthenticated'));
      expect(await failure(client().tools.executeTool(CALL))).toMatchObject({ code: 'unauthenticated', status: 401 });
      expect(server.arrivals).toHaveLength(0);
    });

    it('is still fetched for the others when one of those who wait gives up', async () => {
      let release = (): void => undefined;
      const asked = new Promise<void>((resolve) => {
        server.tokenSteps.push((request, response) => {
          release = () => answer(200, { access_token: 'late', expires_in: 3600 })(request, response);
          resolve();
        });
      });
      server.steps.push(answer(200, RESULT));
      const gatehouse = client();
      const controller = new AbortController();
      const impatient = gatehouse.tools.executeTool(CALL, { signal: controller.signal });
      const patient = gatehouse.tools.executeTool(CALL);
      await asked;
      controller.abort(new Error('changed my mind'));
      await expect(impatient).rejects.toThrow('changed my mind');
      release();
      expect(await patient).toMatchObject({ executionId: 'exe_1' });
      expect(server.tokensGiven).toBe(1);
    });
  });

  describe('when a call fails', () => {
    it('says everything that the server said', async () => {
      const more = {
        connect_url: 'http://x/connect/1',
        execution_id: 'exe_9',
        account_status: 'EXPIRED',
        errors: [{ field: 'f', message: 'm' }],
        missing_scopes: ['s'],
        provider_status: 401,
      };
      server.steps.push(problem(409, 'account_not_active', more));
      const error = await failure(client().tools.executeTool(CALL));
      expect(error).toBeInstanceOf(GatehouseError);
      expect(error).toMatchObject({
        code: 'account_not_active',
        status: 409,
        connectUrl: 'http://x/connect/1',
        executionId: 'exe_9',
        accountStatus: 'EXPIRED',
        requestId: 'req_1',
        errors: [{ field: 'f', message: 'm' }],
        missingScopes: ['s'],
        providerStatus: 401,
        retryable: false,
      });
      expect(server.arrivals).toHaveLength(1);
    });

    it('asks again for a lost answer, under the same idempotency key', async () => {
      server.steps.push(hangUp, problem(409, 'conflict', { retry_after: 0 }), answer(200, RESULT));
      expect(await client().tools.executeTool(CALL)).toMatchObject({ executionId: 'exe_1' });
      const keys = server.arrivals.map(({ headers }) => headers['idempotency-key']);
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    });

    it.each([
      ['unknown_outcome', 502],
      ['provider_error', 502],
      ['timeout', 504],
      ['internal', 500],
      ['conflict', 409],
    ])('does not repeat %s', async (code, status) => {
      server.steps.push(problem(status, code, { retryable: true }), answer(200, RESULT));
      const error = await failure(client().tools.executeTool({ ...CALL, idempotencyKey: 'mine' }));
      expect(error).toMatchObject({ code, idempotencyKey: 'mine' });
      expect(server.arrivals).toHaveLength(1);
    });

    it('waits as long as it is told to, and not at all when that is long', async () => {
      server.steps.push(problem(429, 'rate_limited', { retry_after: 0 }), answer(200, RESULT));
      await client().tools.executeTool(CALL);
      expect(server.arrivals).toHaveLength(2);
      server.steps.push(problem(429, 'rate_limited', { retry_after: 3600 }), answer(200, RESULT));
      expect(await failure(client().tools.executeTool(CALL))).toMatchObject({ code: 'rate_limited', retryAfter: 3600 });
    });

    it('gives up after as many retries as it may make', async () => {
      for (let count = 0; count < 5; count++) server.steps.push(problem(503, 'not_available', { retry_after: 0 }));
      await failure(client({ maxRetries: 1 }).tools.executeTool(CALL));
      expect(server.arrivals).toHaveLength(2);
    });

    it('does not repeat a deletion whose answer was lost, but one that was refused for now', async () => {
      server.steps.push(hangUp);
      const lost = client().connectedAccounts.deleteConnectedAccount({ id: 'ca_1' });
      expect(await failure(lost)).toMatchObject({ code: 'connection_failed' });
      server.steps.push(problem(503, 'not_available', { retry_after: 0 }), answer(200, {}));
      await client().connectedAccounts.deleteConnectedAccount({ id: 'ca_1' });
      expect(server.arrivals).toHaveLength(3);
    });

    it('takes the page of a proxy for what it is', async () => {
      server.steps.push(answer(404, '<html>nothing here</html>'), answer(200, '<html>a login page</html>'));
      expect(await failure(client().tools.executeTool(CALL))).toMatchObject({ code: 'invalid_response', status: 404 });
      expect(await failure(client().tools.executeTool(CALL))).toMatchObject({ code: 'invalid_response', status: 200 });
    });

    it('follows no redirect: it would carry the arguments to where nobody asked for', async () => {
      server.steps.push(answer(307, '', { location: 'http://127.0.0.1:1/' }));
      expect((await failure(client({ maxRetries: 0 }).tools.executeTool(CALL))).code).toBe('connection_failed');
    });

    it.each([
      ['a BigInt', 1n],
      ['NaN', NaN],
      ['Infinity', Infinity],
      ['an integer that has lost digits', 2 ** 53 + 2],
    ])('names arguments that JSON does not carry: %s', async (_name, value) => {
      const work = client().tools.executeTool({ ...CALL, params: { inside: [{ value }] } });
      expect((await failure(work)).code).toBe('invalid_arguments');
      expect(server.arrivals).toHaveLength(0);
    });

    it('leaves out what is undefined', async () => {
      server.steps.push(answer(200, RESULT));
      await client().tools.executeTool({ ...CALL, params: { a: undefined, b: 2 ** 53 - 1, c: 1.5 } });
      expect(JSON.parse(server.arrivals[0]?.body ?? '')).toMatchObject({ params: { b: 9007199254740991, c: 1.5 } });
      expect(server.arrivals[0]?.body).not.toContain('"a"');
    });
  });

  describe('and time', () => {
    it('ends a call that gets no answer', async () => {
      server.steps.push(silence);
      const error = await failure(client({ timeoutMs: 50 }).tools.executeTool(CALL));
      expect(error).toMatchObject({ code: 'request_timeout', idempotencyKey: expect.any(String) as string });
    });

    it('throws the reason of an abort as it is', async () => {
      const controller = new AbortController();
      const reason = new Error('the user left');
      server.steps.push(() => controller.abort(reason));
      await expect(client().tools.executeTool(CALL, { signal: controller.signal })).rejects.toBe(reason);
    });

    it('ends a stream that falls silent', async () => {
      server.steps.push((_request, response) => void response.writeHead(200).write('{"id":"evt_1"}\n'));
      const seen: string[] = [];
      const read = async (): Promise<void> => {
        for await (const event of client().audit.exportEvents({}, { timeoutMs: 3000 })) seen.push(event.id);
      };
      expect(await failure(read())).toMatchObject({ code: 'request_timeout' });
      expect(seen).toEqual(['evt_1']);
    });
  });

  describe('and a stream', () => {
    const ids = async (): Promise<string[]> => {
      const seen: string[] = [];
      for await (const event of client().audit.exportEvents()) seen.push(event.id);
      return seen;
    };

    it('puts lines together that came in pieces, in the middle of a character too', async () => {
      const bytes = Buffer.from('{"id":"ä"}\n{"id":"2"}\n');
      const cut = bytes.indexOf(0xc3) + 1;
      server.steps.push((_request, response) => {
        response.writeHead(200).write(bytes.subarray(0, cut), () => response.end(bytes.subarray(cut)));
      });
      expect(await ids()).toEqual(['ä', '2']);
    });

    it.each([
      ['a connection that breaks', (_end: () => void, cut: () => void) => cut()],
      ['a line that is cut off', (end: () => void, _cut: () => void) => end()],
    ])('does not take %s for the end', async (_name, finish) => {
      server.steps.push((_request, response) => {
        response.writeHead(200).write('{"id":"1"}\n{"id":', () =>
          finish(
            () => response.end(),
            () => response.destroy(),
          ),
        );
      });
      expect((await failure(ids())).code).toBe('connection_failed');
    });
  });

  describe('and pages', () => {
    const page = (names: string[], next: string): ReturnType<typeof answer> =>
      answer(200, {
        tools: names.map((name) => ({ tool: { definition: { name, input_schema: { max_length: 1 } } } })),
        next_page_token: next,
        excluded: [],
      });

    it('hands out one, or every entry of all', async () => {
      server.steps.push(page(['a', 'b'], 'p2'), page(['a', 'b'], 'p2'), page(['c'], ''));
      const user = client().forUser('user_123');
      const first = await user.listScopedTools({ filter: { connectionNames: ['x', 'y'] }, pageSize: 2 });
      expect(first.nextPageToken).toBe('p2');
      expect(first.tools[0]?.tool.definition.input_schema).toEqual({ max_length: 1 });
      const names: string[] = [];
      for await (const { tool } of user.listScopedTools({ pageSize: 2 })) names.push(tool.definition.name);
      expect(names).toEqual(['a', 'b', 'c']);
      expect(server.arrivals[0]?.url).toBe(
        '/api/v1/tools/scoped?identifier=user_123&filter.connection_names=x&filter.connection_names=y&page_size=2',
      );
      expect(server.arrivals[2]?.url).toContain('page_token=p2');
    });
  });

  it('binds a user once: nothing in a call names another one', async () => {
    server.steps.push(answer(200, RESULT));
    const call = { toolName: 'x_y', params: {}, identifier: 'mallory', organizationId: 'other' };
    await client().forUser('user_123').executeTool(call);
    const sent = JSON.parse(server.arrivals[0]?.body ?? '') as Record<string, unknown>;
    expect(sent['identifier']).toBe('user_123');
    expect(sent).not.toHaveProperty('organization_id');
  });

  it('is not made without what it needs', () => {
    expect(() => client({ url: 'ftp://x' })).toThrow(/url/);
    expect(() => client({ clientSecret: '' })).toThrow(/clientSecret/);
    expect(() => client().forUser(' ')).toThrow(/identifier/);
  });

  it('shows its secret to no inspection', async () => {
    const { inspect } = await import('node:util');
    const gatehouse = client({ clientSecret: 'canary-4711' });
    expect(inspect(gatehouse, { depth: 10, showHidden: true }) + JSON.stringify(gatehouse)).not.toContain(
      'canary-4711',
    );
  });
});
