import type { ConnectionEntity } from '../entities/connection.entity.js';
import type { TenantSettings } from '../tenant-settings.js';

type Rule = Pick<ConnectionEntity, 'userVerification'>;
type Tenant = Pick<TenantSettings, 'defaultUserVerifyUrl'>;

/**
 * Where a user goes after consent, so that the tenant's server can vouch for them: what the link asks for, else the tenant's own
 * verifier, unless the connection opted out of it. Null when nobody verifies; then the user is asked before.
 */
export const verifierOf = (rule: Rule, tenant: Tenant, asked: string | undefined): string | null =>
  asked ?? (rule.userVerification === 'off' ? null : tenant.defaultUserVerifyUrl);

/** Whether a link without a verifier may not be used, or not any more: its user would get around being verified. */
export const demandsVerifier = ({ userVerification }: Rule, { defaultUserVerifyUrl }: Tenant): boolean =>
  userVerification === 'required' || (userVerification === 'optional' && defaultUserVerifyUrl !== null);
