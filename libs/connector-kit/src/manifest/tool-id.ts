import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 26;

/** The id of a tool: 128 bits of a hash of its name in the form of a ULID, the same on every installation and in every release. */
export function toolId(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  let rest = BigInt(`0x${digest}`);
  let text = '';
  for (let index = 0; index < LENGTH; index++) {
    text = CROCKFORD.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return `tol_${text}`;
}
