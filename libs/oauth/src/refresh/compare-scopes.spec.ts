import { compareScopes } from './compare-scopes.js';

describe('the scopes of a refresh answer', () => {
  it.each([
    ['are the same where it does not say', null],
    ['are the same in another order', ['write', 'read']],
  ])('%s', (_, answered) => {
    expect(compareScopes(['read', 'write'], answered)).toEqual({
      changed: false,
      now: answered ?? ['read', 'write'],
      lost: [],
      gained: [],
    });
  });

  it('are others where one is lost or gained, or none is left', () => {
    expect(compareScopes(['read'], ['read', 'write'])).toMatchObject({ changed: true, lost: [], gained: ['write'] });
    expect(compareScopes(['read', 'write'], ['read'])).toMatchObject({ changed: true, lost: ['write'], gained: [] });
    expect(compareScopes(['read'], [])).toMatchObject({ changed: true, now: [], lost: ['read'] });
  });
});
