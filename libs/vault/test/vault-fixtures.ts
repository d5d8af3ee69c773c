import { Cipheriv, Decipheriv, randomBytes } from 'node:crypto';
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
  const note = (buffer: unknown): void => {
    if (Buffer.isBuffer(buffer)) seen.push({ buffer, held: Buffer.from(buffer) });
  };
  const { update: encrypt } = Cipheriv.prototype;
  const { update: decrypt } = Decipheriv.prototype;
  Cipheriv.prototype.update = function (this: Cipheriv, ...args: [Buffer]): Buffer {
    note(args[0]);
    return encrypt.apply(this, args as never) as unknown as Buffer;
  } as never;
  Decipheriv.prototype.update = function (this: Decipheriv, ...args: [Buffer]): Buffer {
    const clear = decrypt.apply(this, args as never) as unknown as Buffer;
    note(clear);
    return clear;
  } as never;
  try {
    await work();
  } finally {
    Object.assign(Cipheriv.prototype, { update: encrypt });
    Object.assign(Decipheriv.prototype, { update: decrypt });
  }
  return seen;
}
