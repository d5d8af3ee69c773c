import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { Optional, OptionalText } from '../common/dto.js';

/** RFC 6749, section 4.4.2; client id and secret may come in the body or as HTTP Basic (section 2.3.1). */
export class TokenRequestDto {
  @ApiProperty({ enum: ['client_credentials'] })
  @IsIn(['client_credentials'])
  grant_type!: string;

  @OptionalText('The API client id (skc_…)', 100)
  client_id?: string;

  @ApiPropertyOptional({ description: 'The API client secret' })
  @Optional()
  @IsString()
  @MaxLength(500)
  client_secret?: string;

  @OptionalText('Accepted and ignored: a token carries what the client may do', 1000)
  scope?: string;
}

export class TokenResponseDto {
  @ApiProperty() access_token!: string;
  @ApiProperty({ enum: ['Bearer'] }) token_type!: string;
  @ApiProperty({ description: 'Seconds until the token expires' }) expires_in!: number;
}
