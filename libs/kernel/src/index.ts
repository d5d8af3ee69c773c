export * from './app-error.js';
export * from './cancel-signal.js';
export * from './clock.js';
export * from './error-catalogue.js';
export * from './ids.js';
export * from './json.js';
export * from './request-context.js';
export * from './secret.js';
