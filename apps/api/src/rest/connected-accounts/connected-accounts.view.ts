import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ACCOUNT_STATUSES } from '#app/oauth';
import { Moment, NextPageToken, NoPrevPageToken, OneOf, Text, Texts, Whole } from '../common/view.js';
import { RevocationStateView } from './revocations.view.js';

export class PrincipalView {
  @Text("The provider's own id of the user") id!: string;
  @Text('Name or e-mail address', { nullable: true }) label!: string | null;
  @Text('Id of the workspace at the provider', { nullable: true }) workspace!: string | null;
}

export class OauthTokenView {
  @Text(
    'Blank, unless it is `auth` that is asked, by an API client that was given accounts:read_credentials; recorded each time',
  )
  access_token!: string;
  @Texts('Scopes that the user granted') scopes!: readonly string[];
}

export class AuthorizationDetailsView {
  @ApiProperty({ type: OauthTokenView }) oauth_token!: OauthTokenView;
}

export class LastRefreshView {
  @OneOf(['refreshed', 'provider_unavailable', 'app_refused', 'no_answer', 'reconnect_needed']) result!: string;
  @Text("The provider's error code, if it refused", { nullable: true }) code!: string | null;
  @Moment() finished_at!: string;
  @Moment('When the provider last issued a credential', { nullable: true }) refreshed_at!: string | null;
  @Whole('Failures in a row') failures!: number;
  @Moment('Until then the provider is left alone', { nullable: true }) retry_at!: string | null;
}

/** What callers see of one account. There is no field for a refresh token. */
export class ConnectedAccountView {
  @Text() id!: string;
  @Text("The tenant's own name for the end user") identifier!: string;
  @Text(undefined, { nullable: true }) organization_id!: string | null;
  @Text('Id of the connector in upper case, such as INTERCOM') provider!: string;
  @Text('Name of the connection') connector!: string;
  @Text() connection_id!: string;
  @OneOf(ACCOUNT_STATUSES) status!: string;
  @Text('Why the status is what it is, where that is worth saying', { nullable: true }) status_reason!: string | null;
  @OneOf(['OAUTH']) authorization_type!: string;
  @Texts('Scopes that the user granted') scopes!: readonly string[];
  @ApiProperty({
    type: PrincipalView,
    nullable: true,
    description: 'Who the provider says the user is; null before the first consent',
  })
  principal!: PrincipalView | null;
  @ApiProperty({ type: AuthorizationDetailsView }) authorization_details!: AuthorizationDetailsView;
  @Moment(undefined, { nullable: true }) token_expires_at!: string | null;
  @ApiProperty({
    type: LastRefreshView,
    nullable: true,
    description: 'How the last refresh of the credential ended; null before the first',
  })
  last_refresh!: LastRefreshView | null;
  @ApiProperty({
    type: RevocationStateView,
    nullable: true,
    description:
      'How far the provider has given up the tokens too; null for an account in use, or one that never held any',
  })
  upstream_revocation!: RevocationStateView | null;
  @Moment('Not recorded yet: always null. The audit trail tells when the account was used', { nullable: true })
  last_used_at!: string | null;
  @Moment() created_at!: string;
  @Moment() updated_at!: string;
}

/** An account in a list. */
export class ConnectedAccountSummary extends OmitType(ConnectedAccountView, ['authorization_details']) {}

export class ConnectedAccountResponse {
  @ApiProperty({ type: ConnectedAccountView }) connected_account!: ConnectedAccountView;
}

export class ConnectedAccountPage {
  @ApiProperty({ type: [ConnectedAccountSummary] }) connected_accounts!: ConnectedAccountSummary[];
  @NextPageToken() next_page_token!: string;
  @NoPrevPageToken() prev_page_token!: string;
  @Whole('Accounts that match, on all pages') total_size!: number;
}

export class MagicLinkResponse {
  @Text("For the end user's browser; works once") link!: string;
  @Moment('When the link stops working') expiry!: string;
}

export class VerifyUserResponse {
  @Text('A page that tells the user that it worked, if you have none') post_user_verify_redirect_url!: string;
}

/** Nothing to say. */
export class EmptyResponse {}
