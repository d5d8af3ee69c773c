export type { ApiClient, ApiClientChanges, Rights } from './api-client.js';
export { ApiClientsService, type ApiClientWithSecret, type CreateApiClient } from './api-clients.service.js';
export { IDENTITY_ENTITIES } from './entities/index.js';
export type { BootstrapClientConfig, BootstrapResult } from './first-client.js';
export { IdentityModule } from './identity.module.js';
export type { Page, PageRequest } from './page.js';
export { SECRET_KEEPER, type SecretKeeper, type SigningKeyBinding } from './secret-keeper.js';
export { TokenService, type Authenticated, type TokenAnswer } from './token.service.js';
