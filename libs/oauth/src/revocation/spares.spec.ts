import { sparesOfGivenUp, sparesOfUnused } from './spares.js';

const somebody = { principalId: '1', workspace: 'ws' };
const nobodyKnown = { principalId: null, workspace: null };

describe('whom the revocation of tokens spares', () => {
  it.each([
    ['token', false, 'nobody'],
    ['user', false, 'principal'],
    ['workspace', false, 'workspace'],
    ['token', true, 'nobody'],
    ['user', true, 'principal'],
    ['workspace', true, 'other_tenants'],
  ] as const)('that were in use and end a %s (uninstall: %s): %s', (scope, uninstall, spares) => {
    expect(sparesOfGivenUp(scope, uninstall)).toBe(spares);
  });

  it.each([
    ['token', somebody, 'principal'],
    ['user', somebody, 'principal'],
    ['workspace', somebody, 'workspace'],
    ['token', nobodyKnown, 'account'],
    ['user', nobodyKnown, 'app'],
    ['workspace', nobodyKnown, 'app'],
    ['workspace', { ...somebody, workspace: null }, 'app'],
  ] as const)('that were never used and end a %s, of %j: %s', (scope, owner, spares) => {
    expect(sparesOfUnused(scope, owner)).toBe(spares);
  });
});
