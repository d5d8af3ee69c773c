import type { MasterKeyConfig } from '#app/config';
import type { SystemDatabase, TenantDatabase } from '#app/database';
import type { Clock } from '#app/kernel';
import { KeyManagement } from './key-management.js';
import { Keyring } from './keyring/keyring.js';
import { SEAL_LIMITS, SealCounter, type SealLimits } from './keyring/seal-counter.js';
import { TenantKeyStore } from './keyring/tenant-key-store.js';
import { AllNodes } from './nodes/all-nodes.js';
import { NodeLease, type LeaseTimes, type Stopwatch } from './nodes/node-lease.js';
import { NodeStore } from './nodes/node-store.js';
import { SealedStores } from './resealing/sealed-stores.js';
import { KeyDestruction } from './rotation/key-destruction.js';
import { KeyOverviews } from './rotation/key-overview.js';
import { KeyRotation } from './rotation/key-rotation.js';
import { Reencryption } from './rotation/reencryption.js';
import { Rewrapping } from './rotation/rewrapping.js';
import { MasterKey } from './seal/master-key.js';
import { MasterKeys } from './seal/master-keys.js';
import { Shredding } from './shredding.js';
import { Vault } from './vault.js';
import type { VaultJournal } from './vault-journal.js';

export interface VaultParts {
  readonly masterKey: MasterKeyConfig;
  /** Master keys that may unwrap beside it; see {@link MasterKeys}. */
  readonly otherMasterKeys?: {
    readonly next: readonly MasterKeyConfig[];
    readonly previous: readonly MasterKeyConfig[];
  };
  readonly system: SystemDatabase;
  readonly tenants: TenantDatabase;
  readonly clock: Clock;
  readonly journal: VaultJournal;
  readonly limits?: VaultLimits;
}

/** What a test may make smaller. */
export interface VaultLimits {
  readonly seals?: SealLimits;
  readonly lease?: LeaseTimes;
  readonly stopwatch?: Stopwatch;
  readonly retiredForMs?: number;
  /** How long it waits for other nodes to load or drop a key. */
  readonly patienceMs?: number;
}

/** One node's vault and what manages its keys. */
export interface VaultNode {
  readonly vault: Vault;
  readonly management: KeyManagement;
  readonly lease: NodeLease;
  readonly keyring: Keyring;
}

/** Puts a vault together. Nothing is read before it is asked for something. */
export function createVault(parts: VaultParts): VaultNode {
  const {
    masterKey,
    otherMasterKeys = { next: [], previous: [] },
    system,
    tenants,
    clock,
    journal,
    limits = {},
  } = parts;
  const { seals = SEAL_LIMITS } = limits;
  const masterKeys = new MasterKeys(new MasterKey(masterKey), {
    next: otherMasterKeys.next.map((each) => new MasterKey(each)),
    previous: otherMasterKeys.previous.map((each) => new MasterKey(each)),
  });
  const store = new TenantKeyStore(system, tenants);
  const nodes = new NodeStore(system);
  const lease = new NodeLease(nodes, clock, limits.lease, limits.stopwatch);
  const keyring = new Keyring(store, masterKeys, lease, clock);
  lease.serve(keyring);
  const allNodes = new AllNodes(nodes, lease, limits.patienceMs);
  const rotation = new KeyRotation(store, tenants, keyring, allNodes, journal);
  const counter = new SealCounter(keyring, store, (tenantId) => rotation.start(tenantId), seals);
  const stores = new SealedStores();
  const vault = new Vault(keyring, counter, masterKeys, store, stores);
  const management = new KeyManagement({
    rotation,
    overviews: new KeyOverviews(store, tenants, stores),
    reencryption: new Reencryption(store, tenants, stores, vault),
    destruction: new KeyDestruction(store, tenants, stores, journal, limits.retiredForMs),
    rewrapping: new Rewrapping(store, tenants, masterKeys, journal),
    shredding: new Shredding(stores, allNodes),
    masterKeys,
    nodes,
    sealsDue: seals.rotateAt,
  });
  return { vault, management, lease, keyring };
}
