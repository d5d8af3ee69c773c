import { AppError, newId } from '#app/kernel';
import type { SystemDatabase } from '#app/database';
import { AuditWriter } from './audit-writer.js';
import { FIELD_SEPARATOR, RECORD_SEPARATOR } from './record-lines.js';

/** Holds every statement until it is let go. */
class HeldDatabase {
  readonly batches: Batch[] = [];

  readonly query: SystemDatabase['query'] = (_statement, [records, fences]) =>
    new Promise((resolve, reject) => {
      const settle: Batch['settle'] = (answer, verdicts = null) =>
        answer instanceof Error ? reject(answer) : resolve([{ records: answer, verdicts }] as never[]);
      this.batches.push({ ...taken(String(records)), fences: String(fences).split(RECORD_SEPARATOR), settle });
    });
}

interface Batch {
  readonly records: number[];
  /** Of each record. */
  readonly places: (string | undefined)[];
  readonly fences: string[];
  readonly settle: (records: number | Error, verdicts?: string[] | null) => void;
}

function taken(text: string): Pick<Batch, 'records' | 'places'> {
  const lines = text.split(RECORD_SEPARATOR).map((line) => line.split(FIELD_SEPARATOR));
  return { records: lines.map(([record]) => Number(record)), places: lines.map(([, place]) => place) };
}

const LIMITS = { lanes: 1, maxBatch: 3, maxQueue: 8 };
const TENANT = newId('tenant');

function started(limits = LIMITS): { database: HeldDatabase; writer: AuditWriter } {
  const database = new HeldDatabase();
  return { database, writer: new AuditWriter(database, limits) };
}

/** Lets promises that are already settled run their course. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AuditWriter', () => {
  it('sends what arrives during a commit together with the next one', async () => {
    const { database, writer } = started();
    const all = [1, 2, 3, 4].map((n) => writer.append(`${n}`, TENANT));
    expect(database.batches.map(({ records }) => records)).toEqual([[1]]);
    database.batches[0]?.settle(1);
    await settled();
    expect(database.batches[1]?.records).toEqual([2, 3, 4]);
    database.batches[1]?.settle(3);
    await Promise.all(all);
  });

  it('sends every fence once, and gives every caller the verdict on its own', async () => {
    const { database, writer } = started({ ...LIMITS, maxQueue: 12 });
    const first = writer.append('0', TENANT);
    const calls = [writer.admit('1', TENANT, 'x'), writer.admit('2', TENANT, 'y'), writer.admit('3', TENANT, 'x')];
    database.batches[0]?.settle(1);
    await first;
    await settled();
    expect(database.batches[1]).toMatchObject({ records: [1, 2, 3], places: ['1', '2', '1'], fences: ['x', 'y'] });
    database.batches[1]?.settle(3, ['account_changed', 'holds']);
    expect(await Promise.all(calls)).toEqual(['account_changed', null, 'account_changed']);
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
    database.batches[1]?.settle(1);
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

  it.each([
    ['records', 0, ['holds']],
    ['fences', 1, []],
    ['fences, none at all', 1, null],
  ])(
    'A1 does not take an answer for another number of %s than it sent as a success',
    async (_of, records, verdicts) => {
      const { database, writer } = started();
      const call = writer.admit('1', TENANT, 'x');
      database.batches[0]?.settle(records, verdicts);
      await expect(call).rejects.toMatchObject({ code: 'not_available' });
    },
  );

  it('refuses calls when its queue is full, and keeps room for the outcomes of calls that have left', async () => {
    const { database, writer } = started();
    const inFlight = writer.append('0', TENANT);
    const admitted = [writer.admit('1', TENANT), writer.admit('2', TENANT)];
    await expect(writer.admit('3', TENANT)).rejects.toMatchObject({ code: 'not_available' });
    const outcomes = [writer.append('4', TENANT), writer.append('5', TENANT)];
    await expect(writer.append('6', TENANT)).rejects.toMatchObject({ code: 'not_available' });
    for (const answers of [1, 3, 1]) {
      database.batches.at(-1)?.settle(answers);
      await settled();
    }
    await Promise.all([inFlight, ...admitted, ...outcomes]);
    const again = writer.admit('7', TENANT);
    database.batches.at(-1)?.settle(1);
    expect(await again).toBeNull();
  });

  it('T4 admits the call of a tenant while another one floods it, with the very next commit', async () => {
    const { database, writer } = started();
    const flood = Array.from({ length: 20 }, (_, n) =>
      writer.admit(`${n}`, TENANT).catch(({ code }: AppError) => code),
    );
    const quiet = writer.admit('100', newId('tenant'));
    database.batches[0]?.settle(1);
    await settled();
    expect(database.batches[1]?.records).toContain(100);
    database.batches[1]?.settle(3);
    expect(await quiet).toBeNull();
    await settled();
    expect((await Promise.all(flood)).filter((answer) => answer === 'not_available')).toHaveLength(17);
  });

  it('is drained when all that was handed in is written', async () => {
    const { database, writer } = started();
    const calls = [writer.append('1', TENANT), writer.append('2', TENANT)];
    let drained = false;
    const draining = writer.drain().then(() => (drained = true));
    database.batches[0]?.settle(1);
    await settled();
    expect(drained).toBe(false);
    database.batches[1]?.settle(1);
    await Promise.all([...calls, draining]);
  });
});
