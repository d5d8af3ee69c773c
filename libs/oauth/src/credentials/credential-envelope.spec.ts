import { packCredential, unpackCredential } from './credential-envelope.js';

describe('stored credential', () => {
  const accessToken = Buffer.from('sealed access');

  it('gives back both parts, or the first alone', () => {
    const both = { accessToken, refreshToken: Buffer.from('sealed refresh') };
    expect(unpackCredential(packCredential(both))).toEqual(both);
    expect(unpackCredential(packCredential({ accessToken, refreshToken: null }))).toEqual({
      accessToken,
      refreshToken: null,
    });
  });

  it('V8 refuses another format, and a length that does not fit', () => {
    const packed = packCredential({ accessToken, refreshToken: null });
    const other = Buffer.from(packed);
    other[0] = 2;
    const long = Buffer.from(packed);
    long.writeUInt32BE(packed.length, 1);
    const empty = Buffer.from(packed);
    empty.writeUInt32BE(0, 1);
    for (const damaged of [
      other,
      long,
      empty,
      packed.subarray(0, 4),
      packed.subarray(0, packed.length - 1),
      Buffer.alloc(0),
    ])
      expect(() => unpackCredential(damaged)).toThrow('not in a known format');
  });
});
