import type { KeyProvider } from './key-provider.js';
import type { MasterKey } from './master-key.js';

/** Further master keys, while one is changed for another. */
export interface OtherMasterKeys {
  /** What will be the master key: other nodes may wrap with it already. Left alone. */
  readonly next: readonly MasterKey[];
  /** What was the master key. What it wrapped is wrapped anew. */
  readonly previous: readonly MasterKey[];
}

/** The master key that wraps, and those that may unwrap beside it. */
export class MasterKeys {
  constructor(
    readonly own: MasterKey,
    private readonly others: OtherMasterKeys = { next: [], previous: [] },
  ) {}

  /** What data keys are wrapped with. */
  current(): Promise<KeyProvider> {
    return this.own.get();
  }

  /** Every one that is configured. */
  all(): Promise<KeyProvider[]> {
    return Promise.all([this.own, ...this.others.next, ...this.others.previous].map((key) => key.get()));
  }

  /** The provider of the master key with that id; null when none of the configured ones is it. */
  async get(keyId: string): Promise<KeyProvider | null> {
    for (const key of [this.own, ...this.others.next, ...this.others.previous]) {
      const provider = await key.find();
      if (provider?.keyId === keyId) return provider;
    }
    return null;
  }

  /** The ids of those whose wrappings are to be replaced. */
  async retired(): Promise<string[]> {
    // Jobs ask before the first start has made a key file: nothing is wrong while none is being changed
    if (this.others.previous.length === 0) return [];
    const { keyId } = await this.current();
    const providers = await Promise.all(this.others.previous.map((key) => key.get()));
    return providers.map((provider) => provider.keyId).filter((id) => id !== keyId);
  }
}
