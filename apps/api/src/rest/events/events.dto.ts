import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsObject, IsString, MaxLength, Min, ValidateNested } from 'class-validator';
import { Optional, OptionalText, PAGE_TOKEN, PlainText } from '../common/dto.js';
import { OptionalMoment } from '../common/moment.js';
import { Unsupported } from '../common/unsupported.js';

export class EventFilterDto {
  @ApiPropertyOptional({ type: [String], description: 'Any of these types; none is the same as all' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @PlainText({ each: true })
  @MaxLength(100, { each: true })
  event_types?: string[];

  @OptionalMoment('First moment') start_time?: string;
  @OptionalMoment('First moment that is no longer included') end_time?: string;
  @OptionalText('Door: rest, grpc, mcp, proxy, job or browser', 20) source?: string;
  @OptionalText('Connection id', 32) connection_id?: string;
  @OptionalText('Connected account id', 32) connected_account_id?: string;
  @Unsupported('is not supported; use connected_account_id') organization_id?: undefined;
  @Unsupported('is not supported; use connected_account_id') auth_request_id?: undefined;
}

export class ListEventsDto {
  @ApiPropertyOptional({ type: EventFilterDto })
  @Optional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => EventFilterDto)
  filter?: EventFilterDto;

  @ApiPropertyOptional({ minimum: 1, default: 10, description: 'A larger one than 100 is taken for 100' })
  @Optional()
  @IsInt()
  @Min(1)
  page_size?: number;

  @OptionalText(PAGE_TOKEN, 400) page_token?: string;
}
