import { ACCOUNT_STATUSES, REVOCATION_STATES, type AccountStatus, type RevocationState } from '#app/oauth';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsObject, IsString, IsUrl, Matches, MaxLength, ValidateNested } from 'class-validator';
import { Identifier, Optional, OptionalText, PlainText, RepeatedText, RequiredText, pageOf } from '../common/dto.js';
import { Unsupported, UnsupportedUserId } from '../common/unsupported.js';

/** Names one account: by its id, or by connection and identifier. */
export class AccountSelector {
  @ApiPropertyOptional({ description: 'Id of the account (ca_…); wins over the other fields' })
  @Optional()
  @IsString()
  @Matches(/^ca_[0-9A-Z]{26}$/, { message: 'must be the id of a connected account (ca_…)' })
  id?: string;

  @OptionalText('Name of the connection', 400) connector?: string;
  @OptionalText("The tenant's own name for the end user", 100) identifier?: string;
  @OptionalText('Organization of the end user, if the account has one', 32) organization_id?: string;
  @UnsupportedUserId() user_id?: undefined;
}

/** How the published API imports an account that holds tokens already; generated clients send it empty. */
export class NewAccountDto {
  @Unsupported(
    'must be empty: an account is connected by a link (POST …/magic_link); this release imports no tokens',
    Object,
  )
  authorization_details?: undefined;

  @Unsupported('must be empty: there is nothing to configure in an account', Object)
  api_config?: undefined;
}

const NewAccount = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: NewAccountDto }),
    Optional(),
    IsObject({ message: 'must be an object' }),
    ValidateNested(),
    Type(() => NewAccountDto),
  );

export class CreateConnectedAccountDto {
  @RequiredText('Name of the connection', 400) connector!: string;
  @Identifier() identifier!: string;
  @OptionalText('Organization of the end user', 32) organization_id?: string;
  @UnsupportedUserId() user_id?: undefined;

  @NewAccount() connected_account?: NewAccountDto;
}

export class UpdateConnectedAccountDto extends AccountSelector {
  @NewAccount() connected_account?: NewAccountDto;
}

export class MagicLinkDto extends AccountSelector {
  @OptionalText('Handed back to user_verify_url', 512) state?: string;

  @ApiPropertyOptional({
    description: 'Where the browser goes after consent, so that your server can confirm the user',
    maxLength: 2048,
  })
  @Optional()
  @IsUrl(
    { require_tld: false, require_protocol: true, protocols: ['http', 'https'] },
    { message: 'must be an http or https URL' },
  )
  @PlainText()
  @MaxLength(2048)
  user_verify_url?: string;
}

export class DisconnectDto {
  @ApiPropertyOptional({
    description:
      "Where the provider can only end a whole workspace's authorization (Intercom): do so, although other accounts of yours are " +
      'connected in it. Otherwise that is done for the last one',
  })
  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  uninstall?: boolean;
}

export class VerifyUserDto {
  @RequiredText('From the query of user_verify_url', 1000) auth_request_id!: string;
  @RequiredText('The identifier of the user in your own session, never from the URL', 200) identifier!: string;

  @OptionalText(
    'The organization of the user in your own session; must be that of the account, which has none if left out',
    32,
  )
  organization_id?: string;
}

export class ListConnectedAccountsQuery extends pageOf(30, 99) {
  @OptionalText("The tenant's own name for the end user", 100) identifier?: string;
  @OptionalText('Organization of the end user', 32) organization_id?: string;
  @OptionalText('Id of the connector, in any case', 64) provider?: string;
  @UnsupportedUserId() user_id?: undefined;
  @OptionalText('Name of the connection', 400) connector?: string;
  @RepeatedText('Names of connections', 20) connection_names?: string[];
  @OptionalText('Text that the identifier must contain', 100) query?: string;
  @ApiPropertyOptional({ enum: ACCOUNT_STATUSES })
  @Optional()
  @IsIn(ACCOUNT_STATUSES)
  status?: AccountStatus;
}

export class SearchAccountsQuery extends pageOf(30, 30) {
  @RequiredText('Text that the identifier must contain, in any case', 100) query!: string;
  @OptionalText('Name of the connection', 400) connector?: string;
  @UnsupportedUserId() user_id?: undefined;
}

export class ListRevocationsQuery extends pageOf(30, 99) {
  @OptionalText('Id of the connected account', 32) connected_account_id?: string;
  @ApiPropertyOptional({ enum: REVOCATION_STATES })
  @Optional()
  @IsIn(REVOCATION_STATES)
  state?: RevocationState;
}
