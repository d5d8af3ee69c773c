import { ConnectLinkEntity } from './connect-link.entity.js';
import { ConnectedAccountEntity } from './connected-account.entity.js';
import { ConnectionEntity } from './connection.entity.js';
import { CredentialRefreshEntity } from './credential-refresh.entity.js';
import { CredentialEntity } from './credential.entity.js';
import { OAuthFlowEntity } from './oauth-flow.entity.js';
import { UpstreamRevocationEntity } from './upstream-revocation.entity.js';
import { VerificationRequestEntity } from './verification-request.entity.js';

/** The entities of this library, for the composition root's schema. */
export const OAUTH_ENTITIES = [
  ConnectionEntity,
  ConnectedAccountEntity,
  CredentialEntity,
  CredentialRefreshEntity,
  ConnectLinkEntity,
  OAuthFlowEntity,
  VerificationRequestEntity,
  UpstreamRevocationEntity,
];
