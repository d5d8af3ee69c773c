import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { Optional, OptionalFilledText } from '../common/dto.js';
import { Flag, Moment, Text } from '../common/view.js';

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
}

export class TenantView {
  @Text() id!: string;
  @Text('What the tenant is called') name!: string;
  @Flag('Whether the audit trail keeps arguments and results in full') audit_full_payloads!: boolean;
  @Moment() created_at!: string;
}

export class TenantAnswer {
  @ApiProperty({ type: TenantView }) tenant!: TenantView;
}
