import { inspect } from 'node:util';
import { Secret } from '#app/kernel';
import { assert, base64String, oneof, property, string, uint8Array } from 'fast-check';
import { redactorOf, redactResponse } from './redact.js';

const redact = (text: string | Buffer, ...secrets: string[]): Buffer =>
  redactResponse({ status: 200, headers: {}, body: Buffer.from(text) }, secrets).body;

const unicodeEscaped = (text: string): string =>
  Array.from({ length: text.length }, (_, i) =>
    /[\w.~-]/.test(text.charAt(i)) ? text.charAt(i) : `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

const dotNet = (text: string): string =>
  `\\u${text
    .charCodeAt(text.length - 1)
    .toString(16)
    .toUpperCase()
    .padStart(4, '0')}`;

const WRITERS: [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['as JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['as JSON with escaped slashes', (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
  ['as JSON with every special character escaped', unicodeEscaped],
  [
    'as JSON with the characters of Gson escaped',
    (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replace(/[<>&=']/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`),
  ],
  [
    'as JSON with the characters of .NET escaped',
    (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll('+', '\\u002B')
        .replace(/[<>&'`]|\\"|[\u0080-\uffff]/g, dotNet),
  ],
  ['as JSON within JSON', (secret) => JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1)],
  ['in a URL', encodeURIComponent],
  ['in a form', (secret) => new URLSearchParams([['', secret]]).toString().slice(1)],
  ['in a URL with small letters', (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
];

// A first and a last letter, so that it is plain where the secret ends and its surroundings begin
const tokens = oneof(
  string({ minLength: 4, maxLength: 60 }),
  string({ minLength: 4, maxLength: 60, unit: 'binary' }),
  base64String({ minLength: 8, maxLength: 80 }),
).map((text) => `k${text}k`);
const isWellFormed = (text: string): boolean => Buffer.from(text).toString() === text;

describe('redactResponse', () => {
  it.each(WRITERS)('V11 finds a secret written %s', (_how, write) => {
    assert(
      property(tokens.filter(isWellFormed), (token) => {
        expect(redact(`<${write(token)}>`, token).toString()).toBe('<[redacted]>');
      }),
    );
  });

  it('V11 does not stumble over secrets and answers made of backslashes', () => {
    const token = `${'\\!'.repeat(200)}zzz`;
    const answer = '\\\\\\\\!'.repeat(200);
    expect(redact(answer, token).toString()).toBe(answer);
    expect(redact(`${answer}${token}`, token).toString()).toBe(`${answer}[redacted]`);
    expect(redact(`${answer}${JSON.stringify(token)}`, token).toString()).toBe(`${answer}"[redacted]"`);
  });

  it('keeps every byte of a body without a secret, also when it is no text', () => {
    assert(
      property(uint8Array({ maxLength: 300 }), (bytes) => {
        const body = Buffer.from(bytes);
        expect(redact(body, 'canary-token').equals(body)).toBe(true);
        expect(redact(Buffer.concat([body, Buffer.from('canary-token'), body]), 'canary-token')).toEqual(
          Buffer.concat([body, Buffer.from('[redacted]'), body]),
        );
      }),
    );
  });

  it('hands over the very same buffer when there is nothing to redact', () => {
    const body = Buffer.from('{"a":1}');
    expect(redactResponse({ status: 200, headers: {}, body }, ['canary-token']).body).toBe(body);
  });

  it('replaces every occurrence of several secrets', () => {
    expect(redact('first-secret second+secret first-secret', 'first-secret', 'second+secret').toString()).toBe(
      '[redacted] [redacted] [redacted]',
    );
  });

  it('leaves alone what is too short to be a credential', () => {
    expect(redact('a test', 'test').toString()).toBe('a test');
  });
});

describe('redactorOf', () => {
  it.each(WRITERS)('V11 finds a secret in decoded text written %s', (_how, write) => {
    assert(
      property(tokens.filter(isWellFormed), (token) => {
        expect(redactorOf([new Secret(token)])(`ä<${write(token)}>€`)).toBe('ä<[redacted]>€');
      }),
    );
  });

  it('hands over the very text when there is nothing to redact, and shows nobody what it holds', () => {
    const redactor = redactorOf([new Secret('canary-token'), new Secret('other-secret')]);
    expect(redactor('canary other')).toBe('canary other');
    expect(redactor('canary-token or other-secret')).toBe('[redacted] or [redacted]');
    expect(inspect(redactor, { depth: 10, showHidden: true })).not.toMatch(/canary|other/);
  });
});
