import { ApiClientEntity } from './api-client.entity.js';
import { SigningKeyEntity } from './signing-key.entity.js';
import { TenantEntity } from './tenant.entity.js';

/** The entities of this library, for the composition root's schema. */
export const IDENTITY_ENTITIES = [TenantEntity, ApiClientEntity, SigningKeyEntity];
