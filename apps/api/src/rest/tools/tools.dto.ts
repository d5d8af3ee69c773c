import { CATALOGUE_PAGE } from '#app/tools';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString } from 'class-validator';
import { AccountId, Identifier, Optional, OptionalText, RepeatedText, pageOf } from '../common/dto.js';
import { UnsupportedUserId } from '../common/unsupported.js';

export class ListToolsQuery extends pageOf(CATALOGUE_PAGE.size, CATALOGUE_PAGE.most) {
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

export class AvailableToolsQuery extends pageOf(CATALOGUE_PAGE.size, CATALOGUE_PAGE.most) {
  @Identifier() identifier!: string;
}

export class ScopedToolsQuery extends pageOf(CATALOGUE_PAGE.size, CATALOGUE_PAGE.most) {
  @Identifier() identifier!: string;
  @RepeatedText('Connector ids such as intercom, in any case') 'filter.providers'?: string[];
  @RepeatedText('Tool names') 'filter.tool_names'?: string[];
  @RepeatedText('Connection names') 'filter.connection_names'?: string[];
}
