import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { Optional, OptionalFilledText, OptionalText, RequiredText, pageOf } from '../common/dto.js';

export class EndpointsDto {
  @OptionalText('Replaces the authorize URL of the connector', 2048) authorize_url?: string;
  @OptionalText('Replaces the token URL of the connector', 2048) token_url?: string;
  @OptionalText('Replaces the base URL of the API', 2048) api_url?: string;
  @OptionalText('Replaces the revocation URL', 2048) revoke_url?: string;
}

export class CreateConnectionDto {
  @ApiProperty({ description: 'Unique name, used in code: letters, digits, _ : - and spaces', maxLength: 100 })
  @IsString()
  @MaxLength(100)
  @Matches(/^[a-zA-Z0-9_:-][a-zA-Z0-9_: -]*$/, { message: 'must be letters, digits, "_", ":", "-" or spaces' })
  name!: string;

  @RequiredText('Id of the connector, such as intercom', 64)
  connector!: string;

  @RequiredText('Client id of your OAuth app at the provider', 500)
  oauth_client_id!: string;

  @RequiredText('Client secret of your OAuth app at the provider; sealed in the vault and never shown again', 1000)
  oauth_client_secret!: string;

  @ApiPropertyOptional({ type: Object, description: "Parameters of the connector, such as Intercom's region" })
  @Optional()
  @IsObject()
  params?: Record<string, string>;

  @ApiPropertyOptional({ type: EndpointsDto })
  @Optional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => EndpointsDto)
  endpoints?: EndpointsDto;

  @ApiPropertyOptional({
    enum: ['optional', 'required', 'off'],
    description:
      'Who vouches for the users: `optional`, your server where the tenant has a verifier or a link names one; `required`, your server always; ' +
      '`off`, nobody even with a verifier, so that the user is asked instead',
  })
  @Optional()
  @IsIn(['optional', 'required', 'off'])
  user_verification?: 'optional' | 'required' | 'off';
}

/** What is left out, or null, stays as it is. New endpoints, params or client id need the client secret along with them. */
export class UpdateConnectionDto extends PickType(CreateConnectionDto, ['params', 'endpoints', 'user_verification']) {
  @OptionalFilledText('Client id of your OAuth app at the provider', 500)
  oauth_client_id?: string;

  @OptionalFilledText(
    'A new client secret; it replaces the one before. Required with new endpoints, params or client id',
    1000,
  )
  oauth_client_secret?: string;

  @ApiPropertyOptional({
    enum: ['enabled', 'disabled'],
    description: 'A disabled connection refuses every call at once',
  })
  @Optional()
  @IsIn(['enabled', 'disabled'])
  status?: 'enabled' | 'disabled';
}

export class ListConnectionsQuery extends pageOf(30, 100) {
  @OptionalText('Id of the connector, in any case', 64) provider?: string;
  @OptionalText('Text that the name must contain, in any case', 100) query?: string;
}

export class ListAppConnectionsQuery extends pageOf(30, 30) {
  @OptionalText('Id of the connector, in any case', 64) provider?: string;
  @OptionalText('Text that the name must contain, in any case', 100) query?: string;
}
