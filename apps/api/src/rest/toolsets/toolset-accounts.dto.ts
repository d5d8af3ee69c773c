import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { Identifier, Optional } from '../common/dto.js';
import { Text } from '../common/view.js';

export class ToolsetAccountsDto {
  @Identifier() identifier!: string;

  @ApiPropertyOptional({ description: 'A link for each account that is not connected, for the browser of the user' })
  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  include_auth_link?: boolean;
}

export class ToolsetAccountView {
  @Text() connection_id!: string;
  @Text() connection_name!: string;
  @Text('Id of the connector') provider!: string;
  @Text() connected_account_id!: string;
  @Text() connected_account_status!: string;
  @Text('Works once, in one browser; null when none was asked for, or none is needed', { nullable: true })
  authentication_link!: string | null;
}

export class ToolsetAccountsAnswer {
  @ApiProperty({ type: [ToolsetAccountView] }) connected_accounts!: ToolsetAccountView[];
}
