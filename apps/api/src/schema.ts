import { IDENTITY_ENTITIES } from '#app/identity';
import { OAUTH_ENTITIES } from '#app/oauth';
import { TOOLS_ENTITIES } from '#app/tools';
import { VAULT_ENTITIES } from '#app/vault';
import { WEBHOOK_ENTITIES } from '#app/webhooks';
import { MIGRATIONS } from '../../../migrations/index.js';

/** Everything that TypeORM manages, named one by one: the same from `dist` and from the tests. */
export const ENTITIES = [
  ...IDENTITY_ENTITIES,
  ...OAUTH_ENTITIES,
  ...TOOLS_ENTITIES,
  ...VAULT_ENTITIES,
  ...WEBHOOK_ENTITIES,
];

export { MIGRATIONS };
