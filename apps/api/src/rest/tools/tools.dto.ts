import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { Identifier, Optional, OptionalText, PlainText, RepeatedText, RequiredText, pageOf } from '../common/dto.js';
import { UnsupportedUserId } from '../common/unsupported.js';

const AccountId = (): PropertyDecorator =>
  Matches(/^ca_[0-9A-Z]{26}$/, { message: 'must be the id of a connected account (ca_…)' });

export class ListToolsQuery extends pageOf(100, 1000) {
  @RepeatedText('Connector ids such as intercom, in any case') 'filter.provider'?: string[];
  @RepeatedText('Tool names') 'filter.tool_name'?: string[];
  @RepeatedText('Connection names') 'filter.connector'?: string[];
  @OptionalText('Words to look for in name and description', 100) 'filter.query'?: string;

  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'true: names in tool_names instead of tools' })
  @Optional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  'filter.summary'?: 'true' | 'false';

  @OptionalText('Only tools of connections on which this end user has an account, in any state', 100)
  'filter.identifier'?: string;

  @OptionalText('With filter.identifier: only accounts of this organization', 32)
  'filter.organization_id'?: string;

  @ApiPropertyOptional({ description: 'Only tools of the connection that this account is on' })
  @Optional()
  @IsString()
  @AccountId()
  'filter.connected_account_id'?: string;

  @UnsupportedUserId() 'filter.user_id'?: undefined;
}

export class AvailableToolsQuery extends pageOf(100, 1000) {
  @Identifier() identifier!: string;
}

export class ScopedToolsQuery extends pageOf(100, 1000) {
  @Identifier() identifier!: string;
  @RepeatedText('Connector ids such as intercom, in any case') 'filter.providers'?: string[];
  @RepeatedText('Tool names') 'filter.tool_names'?: string[];
  @RepeatedText('Connection names') 'filter.connection_names'?: string[];
}

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
