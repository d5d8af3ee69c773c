import { AskedStatements, isReady, Messages, type WireMessage } from '../src/wire-protocol.js';

function message(type: string, ...parts: string[]): Buffer {
  const body = Buffer.from(parts.map((part) => `${part}\0`).join(''));
  const header = Buffer.alloc(type.length + 4);
  header.write(type);
  header.writeInt32BE(body.length + 4, type.length);
  return Buffer.concat([header, body]);
}

const read = (bytes: Buffer, size: number): WireMessage[] => {
  const messages = new Messages(true);
  const found: WireMessage[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...messages.push(bytes.subarray(at, at + size)));
  return found;
};

describe('the wire protocol of Postgres', () => {
  const stream = Buffer.concat([
    message('', 'user', 'gatehouse'),
    message('P', 'audit_append', 'INSERT INTO audit_events VALUES ($1)'),
    message('B', '', 'audit_append', 'call-1'),
    message('S'),
    message('Q', 'COMMIT'),
    message('B', '', 'audit_append', 'call-2'),
  ]);

  it.each([1, 3, 7, 1000])('is cut into its messages when it comes in pieces of %i bytes', (size) => {
    const found = read(stream, size);
    expect(found.map(({ type }) => type)).toEqual(['', 'P', 'B', 'S', 'Q', 'B']);
    expect(Buffer.concat(found.map(({ bytes }) => bytes))).toEqual(stream);
  });

  it('knows a prepared statement by its name, once its text was told', () => {
    const statements = new AskedStatements();
    const asked = read(stream, 1000).map((each) => statements.read(each));
    const append = 'INSERT INTO audit_events VALUES ($1)';
    expect(asked.filter((each) => each !== null)).toEqual([
      { text: append, values: 'call-1\0' },
      { text: 'COMMIT', values: '' },
      { text: append, values: 'call-2\0' },
    ]);
  });

  it('tells when the server is ready again', () => {
    const answers = new Messages(false).push(Buffer.concat([message('C', 'COMMIT'), message('Z', 'I')]));
    expect(answers.map(isReady)).toEqual([false, true]);
  });
});
