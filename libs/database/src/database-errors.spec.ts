import { AppError } from '#app/kernel';
import { QueryFailedError } from 'typeorm';
import { isConnectionError, isUniqueViolation, translateError } from './database-errors.js';

const sqlError = (code: string, more: object = {}): Error =>
  Object.assign(new Error('from the server'), { code, severity: 'ERROR', ...more });
const systemError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('translateError', () => {
  it.each([
    ['a server that refuses connections', systemError('ECONNREFUSED')],
    ['a socket that is gone', systemError('ENOENT')],
    ['a name that does not resolve', systemError('ENOTFOUND')],
    ['no free connection', new Error('timeout exceeded when trying to connect')],
    ['a broken connection', new Error('Connection terminated unexpectedly')],
    ['a silent server', new Error('Query read timeout')],
    ['a server that shuts down', sqlError('57P01')],
    ['a server that starts', sqlError('57P03')],
    ['a statement that took too long', sqlError('57014')],
    ['a full disk', sqlError('53100')],
    ['too many connections', sqlError('53300')],
    ['a standby that only reads', sqlError('25006')],
    ['a deadlock', sqlError('40P01')],
  ])('makes %s not_available', (_what, error) => {
    for (const thrown of [error, new QueryFailedError('SELECT $1', ['s3cret'], error)]) {
      const translated = translateError(thrown) as AppError;
      expect(translated).toBeInstanceOf(AppError);
      expect(translated.code).toBe('not_available');
      expect(translated.cause).toBe(error);
    }
  });

  it('leaves refusals of ours and mistakes as they are', () => {
    const refusal = new AppError('conflict', 'no');
    const mistake = new TypeError('x is not a function');
    expect(translateError(refusal)).toBe(refusal);
    expect(translateError(mistake)).toBe(mistake);
    expect(translateError(undefined)).toBeUndefined();
  });

  it('takes the values of the statement off an error', () => {
    const error = sqlError('22P02');
    expect(translateError(new QueryFailedError('SELECT $1::int', ['s3cret'], error))).toBe(error);
  });
});

describe('isConnectionError', () => {
  it('is false for an answer of the server, after which the connection can be used again', () => {
    expect(isConnectionError(sqlError('23505'))).toBe(false);
    expect(isConnectionError(null)).toBe(false);
  });
});

describe('isUniqueViolation', () => {
  it('tells which constraint', () => {
    const error = sqlError('23505', { constraint: 'names' });
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(new QueryFailedError('INSERT', [], error), 'names')).toBe(true);
    expect(isUniqueViolation(error, 'others')).toBe(false);
    expect(isUniqueViolation(sqlError('23503'))).toBe(false);
  });
});
