import { ACCOUNT_STATUSES, nextState, type AccountChange, type AccountStatus } from './account-state.js';

const after = (status: AccountStatus, change: AccountChange): [AccountStatus, number] => {
  const next = nextState({ status, version: 7 }, change);
  return [next.status, next.version];
};

describe('account state', () => {
  it('leaves an active account alone until a re-authorization succeeds', () => {
    expect(after('ACTIVE', 'authorization_started')).toEqual(['ACTIVE', 7]);
    expect(after('ACTIVE', 'verification_pending')).toEqual(['ACTIVE', 7]);
    expect(after('ACTIVE', 'verification_failed')).toEqual(['ACTIVE', 7]);
    expect(after('ACTIVE', 'activated')).toEqual(['ACTIVE', 8]);
  });

  it('walks from no authorization to an active account, with and without verification', () => {
    expect(after('PENDING_AUTH', 'authorization_started')).toEqual(['PENDING_AUTH', 7]);
    expect(after('PENDING_AUTH', 'activated')).toEqual(['ACTIVE', 8]);
    expect(after('PENDING_AUTH', 'verification_pending')).toEqual(['PENDING_VERIFICATION', 8]);
    expect(after('PENDING_VERIFICATION', 'activated')).toEqual(['ACTIVE', 8]);
    expect(after('PENDING_VERIFICATION', 'verification_failed')).toEqual(['PENDING_AUTH', 8]);
  });

  it('goes back to waiting for consent when a lost account is authorized again', () => {
    expect(after('EXPIRED', 'authorization_started')).toEqual(['PENDING_AUTH', 8]);
    expect(after('DISCONNECTED', 'authorization_started')).toEqual(['PENDING_AUTH', 8]);
  });

  it('expires only what is active', () => {
    expect(after('ACTIVE', 'expired')).toEqual(['EXPIRED', 8]);
    for (const status of ACCOUNT_STATUSES.filter((each) => each !== 'ACTIVE'))
      expect(after(status, 'expired')).toEqual([status, 7]);
  });

  it('disconnects from every status, once', () => {
    for (const status of ACCOUNT_STATUSES)
      expect(after(status, 'disconnected')).toEqual(['DISCONNECTED', status === 'DISCONNECTED' ? 7 : 8]);
  });

  it('never lowers a version and raises it with each change of status', () => {
    const changes: AccountChange[] = [
      'authorization_started',
      'verification_pending',
      'verification_failed',
      'activated',
      'expired',
    ];
    for (const status of ACCOUNT_STATUSES)
      for (const change of changes) {
        const [next, version] = after(status, change);
        expect(version).toBeGreaterThanOrEqual(next === status ? 7 : 8);
      }
  });
});
