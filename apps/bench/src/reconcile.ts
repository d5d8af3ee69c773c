import { createInterface } from 'node:readline';
import { request } from 'undici';

export interface Trail {
  readonly intents: number;
  readonly outcomes: number;
  readonly successes: number;
}

/** Counts what the audit trail says of the tool, from its own export. */
export async function readTrail(url: string, token: string, tool: string): Promise<Trail> {
  const { statusCode, body } = await request(`${url}/api/v1/audit/events:export?tool=${tool}`, {
    headers: { authorization: `Bearer ${token}` },
    bodyTimeout: 0,
  });
  if (statusCode !== 200)
    throw new Error(`The audit export answered ${statusCode}: ${(await body.text()).slice(0, 500)}`);
  const trail = { intents: 0, outcomes: 0, successes: 0 };
  for await (const line of createInterface({ input: body })) {
    if (line === '') continue;
    const { kind, status } = JSON.parse(line) as { kind: string; status: string | null };
    if (kind === 'intent') trail.intents += 1;
    if (kind === 'outcome') trail.outcomes += 1;
    if (kind === 'outcome' && status === 'success') trail.successes += 1;
  }
  return trail;
}
