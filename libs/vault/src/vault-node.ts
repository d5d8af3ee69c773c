/** Injection token for what `createVault` puts together. */
export const VAULT_NODE = Symbol('VaultNode');
