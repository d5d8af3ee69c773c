import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Optional, OptionalText, RepeatedText, pageOf } from '../common/dto.js';
import { OptionalMoment } from '../common/moment.js';

export const KINDS = ['intent', 'outcome', 'denial', 'event'] as const;

/** What a list and an export can be narrowed to; every given filter must match. */
export class AuditFilterQuery {
  @OptionalMoment('First moment') start_time?: string;
  @OptionalMoment('First moment that is no longer included') end_time?: string;

  @RepeatedText('Event types, such as tool.refused') type?: string[];

  @ApiPropertyOptional({ enum: KINDS })
  @Optional()
  @IsIn(KINDS)
  kind?: (typeof KINDS)[number];

  @OptionalText('Tool name', 100) tool?: string;
  @OptionalText("The end user's identifier", 100) identifier?: string;
  @OptionalText('Connected account id', 32) connected_account_id?: string;
  @OptionalText('Connection id', 32) connection_id?: string;
  @OptionalText('API client id', 32) client_id?: string;
  @OptionalText('success, failure or unknown', 20) status?: string;
  @OptionalText('allow or deny', 20) decision?: string;
  @OptionalText('Execution id', 32) execution_id?: string;
  @OptionalText('Request id', 64) request_id?: string;
  @OptionalText('Door: rest, grpc, mcp, proxy, job or browser', 20) source?: string;
}

export class ListAuditQuery extends IntersectionType(AuditFilterQuery, pageOf(50, 500)) {}
