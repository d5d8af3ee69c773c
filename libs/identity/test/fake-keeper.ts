import { createPrivateKey, hash, type KeyObject } from 'node:crypto';
import { Secret } from '#app/kernel';
import type { SealedKeyColumn, SecretKeeper, SigningKeyBinding } from '../src/secret-keeper.js';

/** Stands in for the vault: keeps the binding beside the key and checks it, and seals nothing. */
export class FakeKeeper implements SecretKeeper {
  readonly columns: SealedKeyColumn[] = [];
  private readonly texts = new Map<Secret, string>();

  /** A secret whose text this keeper knows. */
  secret(text: string): Secret {
    const secret = new Secret(text);
    this.texts.set(secret, text);
    return secret;
  }

  sealKey(binding: SigningKeyBinding, key: KeyObject): Promise<Buffer> {
    const pem = key.export({ type: 'pkcs8', format: 'pem' });
    return Promise.resolve(Buffer.from(JSON.stringify({ binding, pem })));
  }

  openKey(binding: SigningKeyBinding, sealed: Buffer): Promise<KeyObject> {
    const stored: { binding: SigningKeyBinding; pem: string } = JSON.parse(sealed.toString());
    if (JSON.stringify(stored.binding) !== JSON.stringify(binding))
      return Promise.reject(new Error('Sealed for another place'));
    return Promise.resolve(createPrivateKey(stored.pem));
  }

  registerColumn(column: SealedKeyColumn): void {
    this.columns.push(column);
  }

  digest(secret: Secret): Buffer {
    const text = this.texts.get(secret);
    if (text === undefined) throw new Error('Make the secret with FakeKeeper.secret');
    return hash('sha256', text, 'buffer');
  }
}
