import type { GatehouseUser } from '../src/index.js';
import type { AdapterOptions } from '../src/model/options.js';
import type { Stage } from './stage.js';

const LIST = 'intercom_conversations_list';
const GET = 'intercom_conversation_get';

/** One run of an agent of the framework under test: lists tools, asks the model, runs tools, returns the final answer. */
export type Run = (stage: Stage, user: GatehouseUser, prompt: string, options: AdapterOptions) => Promise<string>;

const call = (tool: string, given: object): string => `CALL ${tool} ${JSON.stringify(given)}`;

/** What must hold of every adapter: the whole loop, with the vendor's own package against the stand-in and a live Gatehouse. */
export function describeLoop(name: string, run: Run, opened: () => Stage): void {
  describe(`the loop with ${name}`, () => {
    let stage: Stage;
    beforeAll(() => {
      stage = opened();
    });
    afterEach(async () => {
      await stage.gate.clearFaults();
      // the stand-in refuses what the vendor would refuse: nothing of ours may be among it
      expect(stage.refused().map(({ refused }) => refused)).toEqual([]);
    });

    const ask = (identifier: string, prompt: string, options: AdapterOptions = {}): Promise<string> =>
      run(stage, stage.user(identifier), prompt, options);

    it('runs a tool as the user and hands its result to the model', async () => {
      const before = (await stage.calls('alice')).length;
      const answer = await ask('alice', `Which are open?\n${call(LIST, { state: 'open', limit: 3 })}`);
      expect(answer).toMatch(/^The tools say: /);
      expect(answer).toContain('total_count');
      const calls = await stage.calls('alice');
      expect(calls).toHaveLength(before + 1);
      expect(calls[0]).toMatchObject({ tool_name: LIST, status: 'success', principal_id: stage.teammate('alice').id });
    });

    it('hands back what is wrong with the arguments', async () => {
      const answer = await ask('alice', call(GET, { conversation_id: 'no digits' }));
      expect(answer).toMatch(/conversation_id/);
      expect(answer).toMatch(/invalid_arguments|did not match expected schema/);
    });

    it('takes null for "left out", and a number in quotes for a number', async () => {
      const answer = await ask('alice', call(LIST, { state: null, cursor: null, limit: '2' }));
      expect(answer).toContain('total_count');
    });

    it('gives a user who has not connected the link to do so, the first time and the next', async () => {
      const newcomer = `newcomer ${name}`;
      for (const code of ['account_not_found', 'account_not_active']) {
        const answer = await ask(newcomer, call(LIST, { state: 'open' }));
        expect(answer).toContain(code);
        expect(answer).toContain(`${stage.gate.url}/connect/`);
      }
    });

    it('hands on a rate limit with the time to wait', async () => {
      await stage.gate.fault({ kind: 'rate_limit', reset_seconds: 60 });
      const answer = await ask('alice', call(LIST, { state: 'open' }));
      expect(answer).toContain('provider_rate_limited');
      expect(answer).toMatch(/retry_after\W+\d+/);
    });

    it('cuts a result that is too long, and says how to get the rest', async () => {
      const answer = await ask('alice', call(LIST, { limit: 100 }), { maxResultBytes: 3_000 });
      expect(answer.length).toBeLessThan(5_000);
      expect(answer).toContain('truncated');
      expect(answer).toContain('with a limit of at most');
    });

    it('runs two calls of one turn', async () => {
      const before = (await stage.calls('bob')).length;
      const answer = await ask(
        'bob',
        [call(LIST, { state: 'open', limit: 1 }), call(LIST, { state: 'closed', limit: 1 })].join('\n'),
      );
      expect(answer.match(/total_count/g)?.length).toBeGreaterThanOrEqual(2);
      expect(await stage.calls('bob')).toHaveLength(before + 2);
    });

    it('keeps two users apart who run at once', async () => {
      const mine = call(LIST, { assigned_to: 'me', limit: 1 });
      const before = { alice: (await stage.calls('alice')).length, bob: (await stage.calls('bob')).length };
      const answers = await Promise.all([ask('alice', mine), ask('bob', mine), ask('alice', mine), ask('bob', mine)]);
      expect(answers.every((answer) => answer.includes('total_count'))).toBe(true);
      for (const identifier of ['alice', 'bob'] as const) {
        const calls = await stage.calls(identifier);
        expect(calls).toHaveLength(before[identifier] + 2);
        expect(new Set(calls.map((each) => each['principal_id']))).toEqual(new Set([stage.teammate(identifier).id]));
        expect(answers[identifier === 'alice' ? 0 : 1]).toContain(stage.teammate(identifier).id);
      }
    });
  });
}
