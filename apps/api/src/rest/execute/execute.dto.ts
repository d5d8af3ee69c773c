import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsObject, IsString, MaxLength } from 'class-validator';
import { AccountId, Optional, OptionalText, PlainText, RequiredText } from '../common/dto.js';
import { UnsupportedUserId } from '../common/unsupported.js';

/** A tool call. Every rule here stands in `plain-call.ts` too, in a cheaper form. */
export class ExecuteToolDto {
  @RequiredText('Name of the tool, such as intercom_conversations_list', 100)
  tool_name!: string;

  @OptionalText("The tenant's own name for the end user", 100)
  identifier?: string;

  @ApiPropertyOptional({ type: Object, description: "Arguments by the tool's input schema" })
  @Optional()
  @IsObject({ message: 'must be an object with the arguments of the tool' })
  params?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'Names the account itself; wins over identifier' })
  @Optional()
  @IsString()
  @AccountId()
  connected_account_id?: string;

  @OptionalText('Name of the connection; needed when the user has accounts on several', 400)
  connector?: string;

  @OptionalText('Organization of the end user, if the account was made with one', 32)
  organization_id?: string;

  @UnsupportedUserId()
  user_id?: undefined;

  @OptionalText("The agent's own name for its run; recorded in the audit trail", 255)
  agent_run_id?: string;

  @ApiPropertyOptional({ type: [String], description: 'Tools this call may use: tightens what the API client may do' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @PlainText({ each: true })
  @MaxLength(100, { each: true })
  toolset?: string[];
}
