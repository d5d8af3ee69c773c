import { acme, toolOf } from '../test/acme.js';
import { evaluateAccess } from './evaluate-access.js';

const CONNECTOR = acme();
const READ = toolOf(CONNECTOR, 'acme_item_get');
const WRITE = toolOf(CONNECTOR, 'acme_item_note');
const DENIED = { allowed: false, rule: 'seat', reason: 'A seat is needed to write.' };

describe('evaluateAccess', () => {
  it('allows what the facts allow', () => {
    expect(evaluateAccess(CONNECTOR, WRITE, { seat: true })).toEqual({ allowed: true });
  });

  it('leaves out rules that are about other tools', () => {
    expect(evaluateAccess(CONNECTOR, READ, {})).toEqual({ allowed: true });
  });

  it.each([
    {},
    { seat: false },
    { seat: null },
    { seat: 'true' },
    { seat: 1 },
    { seat: [true] },
    Object.create({ seat: true }) as object,
  ])('denies on %p: not knowing gives the narrower answer', (facts) => {
    expect(evaluateAccess(CONNECTOR, WRITE, { ...facts })).toEqual(DENIED);
  });

  it('denies what is not known, also where a rule lists null', () => {
    const access = [{ id: 'plan', applies: 'all' as const, require: { plan: [null, 'pro'] }, reason: 'r' }];
    expect(evaluateAccess({ access }, READ, { plan: null }).allowed).toBe(false);
  });

  it('takes one of several values, and rules for named tools', () => {
    const access = [{ id: 'plan', applies: ['acme_item_get'], require: { plan: ['pro', 'max'] }, reason: 'r' }];
    expect(evaluateAccess({ access }, READ, { plan: 'max' }).allowed).toBe(true);
    expect(evaluateAccess({ access }, READ, { plan: 'free' }).allowed).toBe(false);
    expect(evaluateAccess({ access }, WRITE, {}).allowed).toBe(true);
    expect(evaluateAccess({ access: [{ ...access[0]!, applies: 'all' }] }, WRITE, {}).allowed).toBe(false);
  });
});
