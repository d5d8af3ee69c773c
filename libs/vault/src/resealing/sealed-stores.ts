import type { SealedStore } from './sealed-store.js';

/** Every place where sealed values are kept. Each library names its own while the application starts. */
export class SealedStores {
  private readonly stores: SealedStore[] = [];

  register(...stores: readonly SealedStore[]): void {
    for (const store of stores) {
      if (this.stores.some(({ name }) => name === store.name))
        throw new Error(`There are two stores of sealed values with the name ${store.name}`);
      this.stores.push(store);
    }
  }

  all(): readonly SealedStore[] {
    return this.stores;
  }
}
