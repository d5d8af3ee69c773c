import { DamagedCredential } from './vault-incidents.js';

/**
 * A stored credential: the sealed access token, and apart from it what a refresh needs. Two ciphertexts, so that a tool call
 * never decrypts a refresh token. Layout: one byte of format, four bytes length of the first, the first, the second (or nothing).
 */
export interface SealedCredential {
  readonly accessToken: Buffer;
  readonly refreshToken: Buffer | null;
}

const FORMAT = 1;
const HEADER_BYTES = 5;

export function packCredential({ accessToken, refreshToken }: SealedCredential): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(FORMAT);
  header.writeUInt32BE(accessToken.length, 1);
  return Buffer.concat([header, accessToken, refreshToken ?? Buffer.alloc(0)]);
}

/** Throws {@link DamagedCredential} for anything that {@link packCredential} did not write. */
export function unpackCredential(packed: Buffer): SealedCredential {
  if (packed.length < HEADER_BYTES || packed.readUInt8() !== FORMAT) throw new DamagedCredential();
  const end = HEADER_BYTES + packed.readUInt32BE(1);
  if (end <= HEADER_BYTES || end > packed.length) throw new DamagedCredential();
  const rest = packed.subarray(end);
  return { accessToken: packed.subarray(HEADER_BYTES, end), refreshToken: rest.length === 0 ? null : rest };
}

/**
 * Where the two ciphertexts begin, for a search by SQL. The length is read as text, since reading bytes that a damaged row does
 * not have would fail the whole search.
 */
export const ciphertextOffsets = (column: string): [first: string, second: string] => [
  `${HEADER_BYTES}`,
  `(${HEADER_BYTES} + ('x' || lpad(encode(substring(${column} FROM 2 FOR 4), 'hex'), 8, '0'))::bit(32)::bigint)`,
];
