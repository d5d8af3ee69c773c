import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '#app/testing';
import { loadConfig } from './load-config.js';

describe('TLS on the port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const made = selfSigned();
  const cert = file('cert.pem', made.cert);
  const key = file('key.pem', made.key);

  it('is off unless it is asked for', () => {
    expect(loadConfig({ PORT: '4000' }).http).toMatchObject({ tls: null, publicUrl: 'http://127.0.0.1:4000' });
  });

  it('is on with a certificate and its key, and makes the public URL https', () => {
    const { tls, publicUrl } = loadConfig({ PORT: '4000', TLS_CERT_FILE: cert, TLS_KEY_FILE: key }).http;
    expect([tls?.cert.toString(), tls?.key.toString(), publicUrl]).toEqual([
      made.cert,
      made.key,
      'https://127.0.0.1:4000',
    ]);
    const named = { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, PUBLIC_URL: 'https://gate.example.com' };
    expect(loadConfig(named).http.publicUrl).toBe('https://gate.example.com');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a certificate alone', { TLS_CERT_FILE: cert }, /TLS_CERT_FILE and TLS_KEY_FILE must be set together/],
    ['a key alone', { TLS_KEY_FILE: key }, /TLS_CERT_FILE and TLS_KEY_FILE must be set together/],
    ['a file that is not there', { TLS_CERT_FILE: join(folder, 'none'), TLS_KEY_FILE: key }, /TLS_CERT_FILE must be/],
    ['a key that is none', { TLS_CERT_FILE: cert, TLS_KEY_FILE: file('x.pem', 'canary') }, /TLS_KEY_FILE must be/],
    [
      'the key of another certificate',
      { TLS_CERT_FILE: cert, TLS_KEY_FILE: file('other.pem', selfSigned().key) },
      /TLS_KEY_FILE is not the key/,
    ],
  ])('refuses %s', (_, env, message) => {
    expect(() => loadConfig(env)).toThrow(message);
    expect(() => loadConfig(env)).not.toThrow(/canary/);
  });
});
