import { acme } from '../../test/acme.js';
import { call, CREDENTIAL, FakeProvider, json, rejection } from '../../test/fake-provider.js';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { lookUp } from './look-up.js';

const PEOPLE = {
  people: [
    { id: 1, name: 'Alex Kim', email: 'alex.kim@acme.example' },
    { id: 2, name: 'Alex Kim', email: 'kim2@acme.example' },
    { id: '3', name: 'Zoë  Frost', email: 'zoe@acme.example' },
    { id: '4', name: '\u202e3\u0000', email: null },
    { id: '5', name: '1', email: '' },
  ],
};

async function noteFor(owner: string): Promise<{ error: ConnectorFailure | null; provider: FakeProvider }> {
  const provider = new FakeProvider(json(200, PEOPLE), json(200, { id: 'n1' }));
  const outcome = call(acme(), 'acme_item_note', { item_id: '1', text: 'x', owner }, provider);
  const error = await outcome.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error !== null && !(error instanceof ConnectorFailure)) throw error;
  return { error, provider };
}

describe('a lookup step', () => {
  it.each([
    ['its name, letter case and spaces apart', ' zoë frost ', '3'],
    ['its name in decomposed letters', 'zoe\u0308 frost', '3'],
    ['its address', 'ALEX.KIM@acme.example', '1'],
    ['its id', '2', '2'],
  ])('finds an element by %s', async (_, owner, id) => {
    const { error, provider } = await noteFor(owner);
    expect(error).toBeNull();
    expect(provider.requests.map(({ path, write }) => ({ path, write }))).toEqual([
      { path: '/people', write: false },
      { path: '/items/1/notes', write: true },
    ]);
    expect(provider.bodies[1]).toMatchObject({ owner: id });
  });

  it('asks back when several fit, naming them, and writes nothing', async () => {
    const { error, provider } = await noteFor('alex kim');
    expect(error).toMatchObject({ code: 'invalid_arguments', upstreamRequests: 1 });
    expect(error?.message).toBe(
      '`owner` fits 2 persons: Alex Kim (id 1), Alex Kim (id 2). Give the id of the one you mean.',
    );
    expect(error?.errors[0]?.field).toBe('params.owner');
    expect(provider.requests).toHaveLength(1);
  });

  it('asks back when the id of one is the name of another', async () => {
    expect((await noteFor('1')).error?.message).toMatch(/fits 2 persons: Alex Kim \(id 1\), 1 \(id 5\)/);
  });

  it('never takes a part for the whole, and names what is near', async () => {
    const { error, provider } = await noteFor('alex');
    expect(error?.message).toBe(
      '`owner` is the id, name or email address of no person. Near: Alex Kim (id 1), Alex Kim (id 2). Give an id.',
    );
    expect(provider.requests).toHaveLength(1);
  });

  it('says so when none fits', async () => {
    const { error } = await noteFor('Nobody Known');
    expect(error?.message).toMatch(/of no person\. Give a whole name, email address or id\./);
  });

  it('finds nothing by an empty text, which would equal every key that is missing', () => {
    const lookup = {
      items: ['people'],
      argument: 'owner',
      keys: [['email']],
      noun: 'person',
      id: ['id'],
      name: ['name'],
    };
    expect(() => lookUp(lookup, { people: [{ id: '1' }] }, { owner: ' ' }, (text) => text)).toThrow(/of no person/);
  });

  it('is skipped when its condition does not hold', async () => {
    const provider = new FakeProvider(json(200, { id: 'n1' }));
    await call(acme(), 'acme_item_note', { item_id: '1', text: 'x' }, provider);
    expect(provider.requests.map(({ path }) => path)).toEqual(['/items/1/notes']);
  });

  it('fails as the read that it is, without a word of an unknown outcome', async () => {
    const provider = new FakeProvider(json(500, {}));
    const error = await rejection(call(acme(), 'acme_item_note', { item_id: '1', text: 'x', owner: 'y' }, provider));
    expect(error).toMatchObject({ code: 'provider_error', upstreamRequests: 4 });
  });

  it('V11 takes the credential out of the names that it asks back with', async () => {
    const split = `${CREDENTIAL.slice(0, 5)}\u200b${CREDENTIAL.slice(5)}`;
    const people = [1, 2].map((id) => ({ id: `${split}${id}`, name: 'Alex' }));
    const provider = new FakeProvider(json(200, { people }));
    const failed = call(acme(), 'acme_item_note', { item_id: '1', text: 'x', owner: 'alex' }, provider);
    expect(await rejection(failed)).toMatchObject({
      message: '`owner` fits 2 persons: Alex (id [redacted]1), Alex (id [redacted]2). Give the id of the one you mean.',
    });
  });
});
