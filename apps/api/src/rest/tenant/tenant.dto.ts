import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsBoolean, IsString, MaxLength } from 'class-validator';
import { Optional, OptionalFilledText, OptionalText, PlainText } from '../common/dto.js';
import { Flag, Moment, Text, Texts } from '../common/view.js';

/** What is left out, or null, stays as it is. */
export class UpdateTenantDto {
  @OptionalFilledText('What the tenant is called', 100) name?: string;

  @ApiPropertyOptional({
    description:
      'Whether the audit trail keeps the arguments and results of tool calls in full instead of redacted. Secrets are left out either way.',
  })
  @Optional()
  @IsBoolean()
  audit_full_payloads?: boolean;

  @ApiPropertyOptional({
    description:
      'The only addresses that a user’s browser is sent to (user_verify_url): https URLs, exact, or with a slash at the end for everything below. ' +
      'Replaces the whole list. Outside of production, http://localhost may be named too, and passes while the list is empty.',
    type: [String],
    maxItems: 50,
  })
  @Optional()
  @IsArray()
  @IsString({ each: true })
  @PlainText({ each: true })
  @MaxLength(2048, { each: true })
  redirect_allow_list?: string[];

  @OptionalText(
    'Your verifier: where users go after consent when a link names no user_verify_url of its own. Must be on redirect_allow_list. Empty for none',
    2048,
  )
  default_user_verify_url?: string;
}

export class TenantView {
  @Text() id!: string;
  @Text('What the tenant is called') name!: string;
  @Flag('Whether the audit trail keeps arguments and results in full') audit_full_payloads!: boolean;
  @Texts('The only addresses that a user’s browser is sent to') redirect_allow_list!: string[];
  @Text('Where users are verified by default; null without a verifier', { nullable: true })
  default_user_verify_url!: string | null;
  @Moment() created_at!: string;
}

export class TenantAnswer {
  @ApiProperty({ type: TenantView }) tenant!: TenantView;
}
