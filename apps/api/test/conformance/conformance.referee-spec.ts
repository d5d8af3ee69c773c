import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';
import { freePort } from '../../../demo/src/free-port.js';
import { Browser, send } from '../../../demo/src/http.js';
import { McpClientApp } from '../mcp-client-app.js';
import { ConformanceGate } from './conformance-gate.js';
import { BASELINE, expectedFailures } from './expected-failures.js';
import { isRight, referee, requiredOf, type Verdict } from './referee.js';
import { table, type Row } from './verdict-table.js';

const MODERN = '2026-07-28';
const OLD = '2025-11-25';

const sorted = (names: readonly string[]): string[] => names.toSorted((one, other) => one.localeCompare(other));

describe('the official referee of MCP', () => {
  let court: ConformanceGate;
  const rows: Row[] = [];
  beforeAll(async () => {
    court = await ConformanceGate.start();
  });
  afterAll(async () => {
    process.stdout.write(`\n${table(rows)}\n`);
    await court.stop();
  });

  async function judge(what: string, revision: string, args: readonly string[], hear?: (text: string) => void) {
    const verdict = await referee(args, hear);
    rows.push({ what, revision, verdict });
    return verdict;
  }

  /** The verdict with what the referee says of it, so that this is read when it is another one. */
  const found = ({ code, output, scenarios }: Verdict) => {
    const notRight = scenarios.filter((each) => !isRight(each)).map(({ scenario }) => scenario);
    return { code, notRight: notRight.toSorted(), output: code === 0 ? '' : output };
  };

  /** Only what is required counts, and all of it does. */
  async function judgeServer(revision: string, more: readonly string[] = []): Promise<Verdict> {
    const verdict = await referee(['server', '--url', court.proxy.url, '--requirements', revision, ...more]);
    const required = requiredOf(revision);
    const scenarios = verdict.scenarios.filter(({ scenario }) => required.includes(scenario));
    rows.push({ what: 'server', revision, verdict: { ...verdict, scenarios } });
    expect(scenarios.map(({ scenario }) => scenario).toSorted()).toEqual(required.toSorted());
    return { ...verdict, scenarios };
  }

  // First, since the other gives a first call, which opens keys and connections, half a second at most
  it(`finds wrong of what ${OLD} requires of a server what is expected, and nothing else`, async () => {
    const verdict = await judgeServer(OLD, ['--expected-failures', BASELINE]);
    expect(found(verdict)).toEqual({ code: 0, notRight: expectedFailures(), output: '' });
  });

  it(`finds nothing wrong of what ${MODERN} requires of a server`, async () => {
    expect(found(await judgeServer(MODERN))).toEqual({ code: 0, notRight: [], output: '' });
  });

  it.each(['http-header-validation', 'json-schema-2020-12'])('finds nothing wrong in %s', async (scenario) => {
    const args = ['server', '--url', court.proxy.url, '--scenario', scenario, '--spec-version', MODERN];
    const verdict = await judge(scenario, MODERN, args);
    expect(found(verdict)).toEqual({ code: 0, notRight: [], output: '' });
  });

  it.each([MODERN, OLD])('finds nothing wrong with the authorization server, %s', async (revision) => {
    const port = await freePort();
    const app = await McpClientApp.start(court.gate.url);
    await app.register({ redirect_uris: [`http://127.0.0.1:${port}/callback`] });
    const who = ['--url', court.gate.url, '--client-id', app.clientId, '--resource', court.resource];
    let said = '';
    const verdict = await judge(
      'authorization',
      revision,
      ['authorization', ...who, '-p', String(port), '--spec-version', revision],
      (text) => {
        said += text;
        const address = new RegExp(`${court.gate.url}/oauth2/authorize\\S+(?=\\s)`).exec(said)?.[0];
        if (address === undefined) return;
        said = '';
        void app.allow(new Browser(), address, 'referee', () => court.passcode());
      },
    );
    await app.stop();
    expect(found(verdict)).toEqual({ code: 0, notRight: [], output: '' });
    expect(verdict.scenarios).toHaveLength(2);
  });

  it('has judged what nobody gets to without a token', async () => {
    const asked = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    expect((await send(court.resource, { method: 'POST', json: asked })).status).toBe(401);
  });

  it('has made no call that is not in the audit trail, and none is there that it has not made', async () => {
    const [requested, executed, refused] = await Promise.all(
      ['tool.requested', 'tool.executed', 'tool.refused'].map((type) => court.recorded(type)),
    );
    expect(sorted([...(requested ?? []), ...(refused ?? [])])).toEqual(sorted(court.callsMade()));
    expect(sorted(requested ?? [])).toEqual(sorted(court.provider.calls));
    expect(sorted(executed ?? [])).toEqual(sorted(court.provider.calls));
    expect(court.provider.calls.length).toBeGreaterThan(50);
  });

  it('is quoted in docs/mcp.md as it has judged', () => {
    expect(readFileSync(join(projectRoot(), 'docs/mcp.md'), 'utf8')).toContain(table(rows));
  });
});
