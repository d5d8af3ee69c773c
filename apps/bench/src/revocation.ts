import { request } from 'undici';
import { connectAccount } from './connect-account.js';
import type { Gatehouse } from './gatehouse.js';

const IDENTIFIER = 'user_revoked';
const CALLERS = 4;

export interface Revocations {
  readonly rounds: number;
  /** Milliseconds from the answer of the disconnect to the first refusal on the other node. */
  readonly latencies: readonly number[];
  /** Calls that began after the disconnect had been answered, and still were made. */
  readonly admittedAfter: number;
  /** Calls that were made, all rounds together. */
  readonly made: number;
}

interface Call {
  readonly begun: number;
  readonly ended: number;
  readonly status: number;
}

/**
 * Disconnects an account on one node while callers on another, whose caches are hot, use it without pause. Nodes hear of each
 * other through the database only.
 */
export async function measureRevocation(
  nodes: { readonly disconnects: Gatehouse; readonly calls: Gatehouse },
  token: string,
  body: string,
  rounds: number,
): Promise<Revocations> {
  const latencies: number[] = [];
  let admittedAfter = 0;
  let made = 0;
  for (let round = 0; round < rounds; round++) {
    await connectAccount(nodes.disconnects, token, IDENTIFIER);
    const { answered, calls } = await disconnectUnderLoad(nodes, token, body);
    const later = calls.filter(({ begun }) => begun > answered);
    admittedAfter += later.filter(({ status }) => status === 200).length;
    made += calls.filter(({ status }) => status === 200).length;
    const refusals = calls.filter(({ ended, status }) => status === 409 && ended > answered).map(({ ended }) => ended);
    latencies.push(Math.min(...refusals) - answered);
  }
  return { rounds, latencies, admittedAfter, made };
}

async function disconnectUnderLoad(
  { disconnects, calls: caller }: { disconnects: Gatehouse; calls: Gatehouse },
  token: string,
  body: string,
): Promise<{ answered: number; calls: Call[] }> {
  const calls: Call[] = [];
  let answered = Number.POSITIVE_INFINITY;
  const loop = async (): Promise<void> => {
    // each goes on until it has made several calls after the answer
    for (let after = 0; after < 5;) {
      const begun = performance.now();
      const status = await post(`${caller.url}/api/v1/execute_tool`, token, body);
      calls.push({ begun, ended: performance.now(), status });
      if (begun > answered) after += 1;
    }
  };
  const loops = Array.from({ length: CALLERS }, loop);
  while (calls.filter(({ status }) => status === 200).length < 20)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const id = await accountId(disconnects, token);
  await post(`${disconnects.url}/api/v1/connected_accounts/${id}:disconnect`, token, '{}');
  answered = performance.now();
  await Promise.all(loops);
  return { answered, calls };
}

async function post(url: string, token: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await request(url, { method: 'POST', headers, body });
  await answer.body.dump();
  return answer.statusCode;
}

async function accountId({ url }: Gatehouse, token: string): Promise<string> {
  const where = `${url}/api/v1/connected_accounts/details?connector=intercom&identifier=${IDENTIFIER}`;
  const { body } = await request(where, { headers: { authorization: `Bearer ${token}` } });
  return ((await body.json()) as { connected_account: { id: string } }).connected_account.id;
}

export const revokedBody = (tool: string): string =>
  JSON.stringify({ tool_name: tool, identifier: IDENTIFIER, params: { conversation_id: '215469876543210' } });
