import { generateKeyPairSync, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate of this machine's loopback address, for tests of TLS; made anew each time, so that no key lies in the project. */
export function selfSigned(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(moment('20200101000000Z'), moment('21200101000000Z')),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(sequence(SUBJECT_ALTERNATIVE_NAME, tlv(0x04, sequence(LOOPBACK))))),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  const base64 = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** One element of DER: its tag, its length, what it holds. */
function tlv(tag: number, ...content: Buffer[]): Buffer {
  const held = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(held)]), held]);
}

/** In as few bytes as it takes: browsers read no certificate that has more. */
function lengthOf({ length }: Buffer): number[] {
  if (length < 0x80) return [length];
  return length <= 0xff ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

const sequence = (...content: Buffer[]): Buffer => tlv(0x30, ...content);
const moment = (text: string): Buffer => tlv(0x18, Buffer.from(text));
const objectId = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));
const COMMON_NAME = objectId('550403');
const SUBJECT_ALTERNATIVE_NAME = objectId('551d11');
const NAME = sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from('gatehouse test')))));
const LOOPBACK = tlv(0x87, Buffer.from([127, 0, 0, 1]));
