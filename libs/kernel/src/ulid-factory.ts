import { randomFillSync } from 'node:crypto';
import { encodeTime } from 'ulid';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BASE = DIGITS.length;
const TIME_LENGTH = 10;
const HEAD_LENGTH = 12;
/** The last four characters of a ULID are counted up as a number; the twelve before them change once in a million. */
const TAIL_END = BASE ** 4;

const pool = new Uint8Array(4_096);
let used = pool.length;

/** A random digit. Asking the system for every byte costs more than the id. */
function randomDigit(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) % BASE;
}

/** Makes ULIDs that rise even within a millisecond; `at` is their time, in milliseconds since the epoch. */
export function createUlidFactory(): (at?: number) => string {
  let time = -1;
  let prefix = '';
  let head: number[] = [];
  let tail = 0;
  const begin = (at: number): void => {
    time = at;
    head = Array.from({ length: HEAD_LENGTH }, randomDigit);
    tail = randomDigit() * BASE ** 3 + randomDigit() * BASE ** 2 + randomDigit() * BASE + randomDigit();
    prefix = encodeTime(at, TIME_LENGTH) + textOf(head);
  };
  const carry = (): void => {
    tail = 0;
    let place = HEAD_LENGTH - 1;
    while (place >= 0 && head[place] === BASE - 1) head[place--] = 0;
    if (place < 0) throw new Error('There are no more ids in this millisecond');
    head[place] = (head[place] ?? 0) + 1;
    prefix = encodeTime(time, TIME_LENGTH) + textOf(head);
  };
  return (at = Date.now()) => {
    if (at > time) begin(at);
    else if (++tail === TAIL_END) carry();
    return prefix + digit(tail / BASE ** 3) + digit(tail / BASE ** 2) + digit(tail / BASE) + digit(tail);
  };
}

const digit = (value: number): string => DIGITS.charAt(Math.trunc(value) % BASE);

const textOf = (digits: readonly number[]): string => digits.map((each) => DIGITS.charAt(each)).join('');
