import { AppError, newId } from '#app/kernel';
import type { SystemDatabase } from '#app/database';
import { AuditWriter } from './audit-writer.js';
import { RECORD_SEPARATOR } from './record-lines.js';

/** Holds every statement until it is let go. */
class HeldDatabase {
  readonly batches: { records: unknown[]; settle: (refusals: (string | null)[] | Error) => void }[] = [];

  readonly query: SystemDatabase['query'] = (_statement, values) =>
    new Promise((resolve, reject) => {
      const settle = (answer: (string | null)[] | Error): void =>
        answer instanceof Error ? reject(answer) : resolve([appended(answer)] as never[]);
      this.batches.push({ records: String(values[0]).split(RECORD_SEPARATOR).map(Number), settle });
    });
}

function appended(answers: (string | null)[]) {
  const refused = answers.flatMap((refusal, at) => (refusal === null ? [] : [{ place: at + 1, refusal }]));
  return {
    records: answers.length,
    places: refused.length === 0 ? null : refused.map(({ place }) => place),
    refusals: refused.length === 0 ? null : refused.map(({ refusal }) => refusal),
  };
}

const LIMITS = { lanes: 1, maxBatch: 3, maxQueue: 8 };
const TENANT = newId('tenant');

function started(): { database: HeldDatabase; writer: AuditWriter } {
  const database = new HeldDatabase();
  return { database, writer: new AuditWriter(database, LIMITS) };
}

/** Lets promises that are already settled run their course. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AuditWriter', () => {
  it('sends what arrives during a commit together with the next one', async () => {
    const { database, writer } = started();
    const all = [1, 2, 3, 4].map((n) => writer.append(`${n}`, TENANT));
    expect(database.batches.map(({ records }) => records)).toEqual([[1]]);
    database.batches[0]?.settle([null]);
    await settled();
    expect(database.batches[1]?.records).toEqual([2, 3, 4]);
    database.batches[1]?.settle([null, null, null]);
    await Promise.all(all);
  });

  it('gives every caller the answer to its own record', async () => {
    const { database, writer } = started();
    const first = writer.append('0', TENANT);
    const calls = [writer.admit('1', TENANT), writer.admit('2', TENANT)];
    database.batches[0]?.settle([null]);
    await first;
    await settled();
    database.batches[1]?.settle(['account_changed', null]);
    expect(await Promise.all(calls)).toEqual(['account_changed', null]);
  });

  it('A1 rejects every caller of a batch that failed, none of another, and works again afterwards', async () => {
    const { database, writer } = started();
    const failing = writer.admit('1', TENANT);
    const next = writer.admit('2', TENANT);
    database.batches[0]?.settle(
      Object.assign(new Error('permission denied for table audit_events'), { code: '42501' }),
    );
    await expect(failing).rejects.toMatchObject({ code: 'not_available' });
    await settled();
    database.batches[1]?.settle([null]);
    expect(await next).toBeNull();
  });

  it('passes on the refusal of a database that does not answer, and says nothing of its inside', async () => {
    const { database, writer } = started();
    const down = new AppError('not_available', 'The database does not answer.');
    const failing = writer.append('1', TENANT);
    database.batches[0]?.settle(down);
    await expect(failing).rejects.toBe(down);
    const denied = writer.append('2', TENANT);
    database.batches[1]?.settle(new Error('secret_table_name'));
    await expect(denied).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret_table_name') }),
    );
  });

  it('A1 does not take an answer for another number of records than it sent as a success', async () => {
    const { database, writer } = started();
    const call = writer.admit('1', TENANT);
    database.batches[0]?.settle([]);
    await expect(call).rejects.toMatchObject({ code: 'not_available' });
  });

  it('refuses calls when its queue is full, and keeps room for the outcomes of calls that have left', async () => {
    const { database, writer } = started();
    const inFlight = writer.append('0', TENANT);
    const admitted = [writer.admit('1', TENANT), writer.admit('2', TENANT)];
    await expect(writer.admit('3', TENANT)).rejects.toMatchObject({ code: 'not_available' });
    const outcomes = [writer.append('4', TENANT), writer.append('5', TENANT)];
    await expect(writer.append('6', TENANT)).rejects.toMatchObject({ code: 'not_available' });
    for (const answers of [1, 3, 1]) {
      database.batches.at(-1)?.settle(Array.from({ length: answers }, () => null));
      await settled();
    }
    await Promise.all([inFlight, ...admitted, ...outcomes]);
    const again = writer.admit('7', TENANT);
    database.batches.at(-1)?.settle([null]);
    expect(await again).toBeNull();
  });

  it('T4 admits the call of a tenant while another one floods it, with the very next commit', async () => {
    const { database, writer } = started();
    const flood = Array.from({ length: 20 }, (_, n) =>
      writer.admit(`${n}`, TENANT).catch(({ code }: AppError) => code),
    );
    const quiet = writer.admit('100', newId('tenant'));
    database.batches[0]?.settle([null]);
    await settled();
    expect(database.batches[1]?.records).toContain(100);
    database.batches[1]?.settle([null, null, null]);
    expect(await quiet).toBeNull();
    await settled();
    expect((await Promise.all(flood)).filter((answer) => answer === 'not_available')).toHaveLength(17);
  });

  it('is drained when all that was handed in is written', async () => {
    const { database, writer } = started();
    const calls = [writer.append('1', TENANT), writer.append('2', TENANT)];
    let drained = false;
    const draining = writer.drain().then(() => (drained = true));
    database.batches[0]?.settle([null]);
    await settled();
    expect(drained).toBe(false);
    database.batches[1]?.settle([null]);
    await Promise.all([...calls, draining]);
  });
});
