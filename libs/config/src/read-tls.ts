import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AppConfig } from './app-config.js';
import type { Environment } from './environment.js';

type Tls = NonNullable<AppConfig['http']['tls']>;

/** What is wrong with the certificate and its key, by the names of their variables. */
export function tlsProblems(env: Environment): string[] {
  if (Boolean(env.TLS_CERT_FILE) !== Boolean(env.TLS_KEY_FILE))
    return ['TLS_CERT_FILE and TLS_KEY_FILE must be set together'];
  if (!env.TLS_CERT_FILE) return [];
  const certificate = attempt(() => new X509Certificate(read(env.TLS_CERT_FILE)));
  const key = attempt(() => createPrivateKey(read(env.TLS_KEY_FILE)));
  const problems = [
    ...(certificate === null ? ['TLS_CERT_FILE must be a readable file with a certificate chain in PEM'] : []),
    ...(key === null ? ['TLS_KEY_FILE must be a readable file with a private key in PEM, without a passphrase'] : []),
  ];
  if (certificate !== null && key !== null && !certificate.checkPrivateKey(key))
    problems.push('TLS_KEY_FILE is not the key of the first certificate in TLS_CERT_FILE');
  return problems;
}

/** Both files; null when TLS is not asked for. */
export function readTls({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }: Environment): Tls | null {
  return cert && key ? { cert: read(cert), key: read(key) } : null;
}

const read = (file: string | undefined): Buffer => readFileSync(file ?? '');

function attempt<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch {
    return null;
  }
}
