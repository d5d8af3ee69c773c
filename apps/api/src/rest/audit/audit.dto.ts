import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsISO8601 } from 'class-validator';
import { Optional, OptionalText, RepeatedText, pageOf } from '../common/dto.js';

const KINDS = ['intent', 'outcome', 'denial', 'event'] as const;

/** What a list and an export can be narrowed to; every given filter must match. */
export class AuditFilterQuery {
  @ApiPropertyOptional({ description: 'First moment, RFC 3339' })
  @Optional()
  @IsISO8601({ strict: true }, { message: 'must be a time such as 2026-11-23T10:00:00Z' })
  start_time?: string;

  @ApiPropertyOptional({ description: 'First moment that is no longer included, RFC 3339' })
  @Optional()
  @IsISO8601({ strict: true }, { message: 'must be a time such as 2026-11-23T10:00:00Z' })
  end_time?: string;

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
