import type { JsonObject } from '#app/kernel';
import { ACCOUNT_CASES } from './doors/account-cases.js';
import { INVALID_CALLS, READING_CALLS, WRITING_CALLS } from './doors/call-cases.js';
import { DENIED_CALLS, REVOKED_CALLS } from './doors/denied-cases.js';
import type { Door, DoorCase, Refusal } from './doors/door-case.js';
import { GrpcDoor } from './doors/grpc-door.js';
import { LIST_CASES } from './doors/list-cases.js';
import { McpDoor } from './doors/mcp-door.js';
import { playCase, withoutDoor, type Played } from './doors/play-case.js';
import { FAILED_CALLS } from './doors/provider-cases.js';
import { RestDoor } from './doors/rest-door.js';
import { Stage } from './doors/stage.js';

/** By kind; each case is a request that is made at every door that can be asked it. */
const TABLE: Readonly<Record<string, readonly DoorCase[]>> = {
  'calls that read': READING_CALLS,
  'calls that write': WRITING_CALLS,
  'calls that fail at the provider': FAILED_CALLS,
  'calls that are not valid': INVALID_CALLS,
  'calls that are denied': DENIED_CALLS,
  'calls after access has ended': REVOKED_CALLS,
  'accounts and permissions': ACCOUNT_CASES,
  lists: LIST_CASES,
};

const ALL = Object.values(TABLE).flat();
/** Most of a case is waiting: for the database, for the provider, for a second attempt. */
const AT_ONCE = 8;

describe('every door', () => {
  let stage: Stage;
  let doors: Door[];
  const outcomes = new Map<DoorCase, Played[] | Error>();

  beforeAll(async () => {
    stage = await Stage.start();
    doors = [new RestDoor(stage), new GrpcDoor(stage), new McpDoor(stage, stage.id('intercom'))];
    // what reads has to find the same at every door, so nothing is written meanwhile
    await playAll([...READING_CALLS]);
    await playAll(ALL.filter((each) => !READING_CALLS.includes(each)));
  });
  afterAll(async () => {
    for (const door of doors) await door.close();
    await stage.stop();
  });

  async function playAll(waiting: DoorCase[]): Promise<void> {
    const work = async (): Promise<void> => {
      for (let it = waiting.shift(); it !== undefined; it = waiting.shift())
        outcomes.set(it, await playCase(stage, doors, it).catch((error: unknown) => error as Error));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  const played = (it: DoorCase): Played[] => {
    const outcome = outcomes.get(it);
    if (!Array.isArray(outcome)) throw outcome ?? new Error('It was not played');
    return outcome;
  };

  describe.each(Object.entries(TABLE))('answers the same: %s', (_, cases) => {
    it.each(cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
      const [rest, ...others] = played(each);
      expect(rest?.answer.refusal?.codes ?? [null]).toEqual([each.code]);
      const offers = each.code?.startsWith('account_') === true ? 'offers' : null;
      expect(rest && withoutDoor(rest, offers).map(({ type }) => type)).toEqual(each.records ?? []);
      for (const other of others) expectSame(rest as Played, other, offers);
    });
  });

  it('has at least two hundred cases, most of them at two doors, and many at three', () => {
    const count = (atLeast: number): number => ALL.filter((each) => played(each).length >= atLeast).length;
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
    expect([count(2) >= 200, count(3) >= 100]).toEqual([true, true]);
  });
});

function expectSame(rest: Played, other: Played, offers: 'offers' | null): void {
  expect({ door: other.door, records: withoutDoor(other, offers) }).toEqual({
    door: other.door,
    records: withoutDoor(rest, offers),
  });
  expect(other.records.map(({ source }) => source)).toEqual(other.records.map(() => other.door));
  const [one, two] = [rest.answer, other.answer];
  expect([other.door, two.refusal === null]).toEqual([other.door, one.refusal === null]);
  if (two.result !== null) expect(one.result).toMatchObject(withoutBlanks(two.result));
  if (two.refusal === null || one.refusal === null || two.refusal.message === null) return;
  expect(two.refusal.codes).toContain(one.refusal.codes[0]);
  expect(two.refusal.message).toBe(inWordsOf(other, one.refusal.message ?? ''));
  if (two.refusal.fields !== 'in the message')
    expect(two.refusal.fields).toEqual(fieldsOf(one.refusal)?.map((field) => inWordsOf(other, field)) ?? null);
}

const fieldsOf = ({ fields }: Refusal): readonly string[] | null => (fields === 'in the message' ? null : fields);

/** A model gives the arguments of a tool, and knows nothing of a request that they are a member of. */
const inWordsOf = ({ door }: Played, text: string): string => (door === 'mcp' ? text.replaceAll('params.', '') : text);

/** What is blank is left out at one door and written at another. */
function withoutBlanks(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([, each]) => each !== null && each !== '' && each !== 0);
  return Object.fromEntries(
    kept.map(([name, each]) => [
      name,
      each instanceof Object && !Array.isArray(each) ? withoutBlanks(each as JsonObject) : each,
    ]),
  ) as JsonObject;
}
