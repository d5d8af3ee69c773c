import { inspect } from 'node:util';
import { AppError, ERROR_CATALOGUE, INSTALLATION_TENANT, Secret, isId, newId, timeOfId } from './index.js';

describe('ids', () => {
  it('are a prefix and a ULID, at most 32 characters, in the order in which they were made', () => {
    const made = Array.from({ length: 1_000 }, () => newId('execution'));
    expect(new Set(made).size).toBe(1_000);
    expect(made).toEqual(made.toSorted());
    for (const id of made) expect(isId('execution', id) && id.length <= 32).toBe(true);
  });

  it('tell their time, and null for what is no id of ours', () => {
    const before = Date.now();
    expect(timeOfId(newId('event'))).toBeGreaterThanOrEqual(before);
    expect(timeOfId('evt_nonsense')).toBeNull();
    expect(isId('event', 'exe_01JZZZZZZZZZZZZZZZZZZZZZZZ')).toBe(false);
    expect(isId('tenant', INSTALLATION_TENANT)).toBe(true);
  });
});

describe('a Secret', () => {
  const secret = new Secret('canary');

  it('prints as [secret] in every way of printing', () => {
    const inMessage = new Error(`failed with ${secret.toString()}`).message;
    const printed = [String(secret), JSON.stringify({ secret }), inspect({ secret }, { showHidden: true }), inMessage];
    for (const text of printed) {
      expect(text).not.toContain('canary');
      expect(text).toContain('[secret]');
    }
  });

  it('has nothing to copy: no own property, hidden or not', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(JSON.stringify(Object.assign({}, secret))).toBe('{}');
  });

  it('gives its value to the one method that is asked for it', () => {
    expect(secret.reveal()).toBe('canary');
  });
});

describe('an AppError', () => {
  it('takes its status from the catalogue and keeps what it was told when more is added', () => {
    const error = new AppError('account_not_active', 'text', {
      internal: 'why',
      errors: [{ field: 'a', message: 'b' }],
    });
    const more = error.with({ execution_id: 'exe_1' });
    expect(more).toMatchObject({
      code: 'account_not_active',
      status: 409,
      message: 'text',
      internal: 'why',
      details: { execution_id: 'exe_1' },
    });
    expect(more.errors).toEqual(error.errors);
  });

  it('knows for every code whether a repeat may help', () => {
    for (const entry of Object.values(ERROR_CATALOGUE)) expect(entry.status >= 400 && entry.status < 600).toBe(true);
    expect(ERROR_CATALOGUE.unknown_outcome.retryable).toBe(false);
  });
});
