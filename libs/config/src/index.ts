export * from './app-config.js';
export * from './config.module.js';
export { Environment } from './environment.js';
export { ConfigError, loadConfig, projectRoot } from './load-config.js';
export type { AwsKmsConfig, GcpKmsConfig, MasterKeyConfig, VaultTransitConfig } from './master-key-config.js';
