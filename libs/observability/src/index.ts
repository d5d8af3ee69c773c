export * from './logger.js';
export { shared, type Measured, type Measurement } from './measurement.js';
export * from './metrics.js';
export * from './nest-logger.js';
export * from './observability.module.js';
export { SafeFields } from './safe-fields.js';
export { scrub } from './scrub.js';
