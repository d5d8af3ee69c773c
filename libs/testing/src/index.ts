export * from './intercom-contract.js';
export * from './oauth-double.js';
export * from './shared-data.js';
export * from './test-database.js';
export * from './toy-connector.js';
