import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { MasterKeyConfig } from '#app/config';
import type { Database } from '#app/database';
import { Secret, newId, systemClock, type TenantId } from '#app/kernel';
import type { SealBinding } from '../src/barrier/seal-binding.js';
import { createVault, type VaultNode, type VaultParts } from '../src/create-vault.js';

export const randomMasterKey = (): MasterKeyConfig => ({
  from: 'environment',
  key: new Secret(randomBytes(32).toString('base64')),
});

/** One node over a database that others may share. */
export const vaultOver = (
  { system, tenants }: Pick<Database, 'system' | 'tenants'>,
  masterKey: MasterKeyConfig,
  more: Partial<VaultParts> = {},
): VaultNode =>
  createVault({
    masterKey,
    system,
    tenants,
    clock: systemClock,
    journal: { record: () => Promise.resolve() },
    ...more,
  });

export const bindingFor = (tenantId: TenantId, changes: Partial<SealBinding> = {}): SealBinding => ({
  tenantId,
  connectionId: newId('connection'),
  accountId: newId('account'),
  kind: 'access_token',
  version: 3,
  generation: 0,
  ...changes,
});

/** Bindings that differ from this one in one part each. */
export function neighboursOf(binding: SealBinding): SealBinding[] {
  return [
    { ...binding, tenantId: newId('tenant') },
    { ...binding, connectionId: newId('connection') },
    { ...binding, accountId: newId('account') },
    { ...binding, kind: 'credential' },
    { ...binding, version: binding.version + 1 },
    { ...binding, generation: binding.generation + 1 },
    // The same characters, cut elsewhere
    { ...binding, connectionId: `${binding.connectionId}${binding.accountId}`, accountId: '' },
    { ...binding, connectionId: '', accountId: `${binding.connectionId}${binding.accountId}` },
  ];
}

/** How opening failed; the plaintext, were it ever to come out, would be no such reason. */
export async function reasonOf(open: () => unknown): Promise<unknown> {
  try {
    return { opened: await open() };
  } catch (error) {
    return error instanceof Error && 'reason' in error ? error.reason : error;
  }
}

/** What went into a cipher, or came out of one, in the clear. */
export interface ClearBytes {
  /** The very buffer, as it is now. */
  readonly buffer: Buffer;
  /** What it held at that moment. */
  readonly held: Buffer;
}

/** Everything that is encrypted or decrypted in this process while the work is done. */
export async function clearBytesDuring(work: () => Promise<unknown>): Promise<ClearBytes[]> {
  const seen: ClearBytes[] = [];
  const note = (buffer: Buffer): void => void seen.push({ buffer, held: Buffer.from(buffer) });
  const { encrypting, decrypting } = updaters();
  const [encrypt, decrypt] = [encrypting.update, decrypting.update];
  encrypting.update = function (clear) {
    note(clear);
    return encrypt.call(this, clear);
  };
  decrypting.update = function (sealed) {
    const clear = decrypt.call(this, sealed);
    note(clear);
    return clear;
  };
  try {
    await work();
  } finally {
    encrypting.update = encrypt;
    decrypting.update = decrypt;
  }
  return seen;
}

interface Updater {
  update: (this: unknown, data: Buffer) => Buffer;
}

/** What all ciphers have in common, which Node does not export under the name that its types know. */
function updaters(): { encrypting: Updater; decrypting: Updater } {
  const parts = ['aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)] as const;
  return {
    encrypting: Object.getPrototypeOf(createCipheriv(...parts)) as Updater,
    decrypting: Object.getPrototypeOf(createDecipheriv(...parts)) as Updater,
  };
}
