import { REVOCATION_STATES } from '#app/oauth';
import { ApiProperty } from '@nestjs/swagger';
import { Moment, NextPageToken, OneOf, Text, Whole } from '../common/view.js';

export class RevocationStateView {
  @Text() id!: string;
  @OneOf(
    REVOCATION_STATES,
    'pending: still to be sent; done: the provider has given the tokens up; skipped: not sent, since it would have ended the ' +
      'access of others; abandoned: the provider could not be told within a week',
  )
  state!: string;
  @Whole('How often it was tried') attempts!: number;
  @Text('What the last attempt came to, or why there was none', { nullable: true }) last_error!: string | null;
  @Moment('Null once it has ended', { nullable: true }) next_attempt_at!: string | null;
}

/** Tokens that were given up here, on their way to be given up at the provider. */
export class RevocationView extends RevocationStateView {
  @Text() connected_account_id!: string;
  @Text() connection_id!: string;
  @Text("The tenant's own name for the end user") identifier!: string;
  @Text('Id of the connector in upper case, such as INTERCOM') provider!: string;
  @OneOf(['token', 'user', 'workspace']) ends!: string;
  @Text('Id of the workspace at the provider', { nullable: true }) workspace!: string | null;
  @Text('Why the tokens were given up') reason!: string;
  @Moment() created_at!: string;
  @Moment(undefined, { nullable: true }) finished_at!: string | null;
}

export class RevocationPage {
  @ApiProperty({ type: [RevocationView] }) revocations!: RevocationView[];
  @NextPageToken() next_page_token!: string;
  @Whole('Revocations that match, on all pages') total_size!: number;
}
