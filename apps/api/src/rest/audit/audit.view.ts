import { ApiProperty } from '@nestjs/swagger';
import { Moment, NextPageToken, OneOf, OpenObject, Text, Whole } from '../common/view.js';
import { KINDS } from './audit.dto.js';

/** One audit event as REST and exports show it. */
export class AuditEventView {
  @Text() id!: string;
  @Moment() occurred_at!: string;
  @OneOf(KINDS) kind!: string;
  @Text('Such as tool.executed') type!: string;
  @Text('Door: rest, grpc, mcp, proxy, job or browser') source!: string;
  @Text() request_id!: string;
  @Text(undefined, { nullable: true }) execution_id!: string | null;
  @Text('The API client', { nullable: true }) client_id!: string | null;
  @Text('The end user', { nullable: true }) identifier!: string | null;
  @Text(undefined, { nullable: true }) connected_account_id!: string | null;
  @Text(undefined, { nullable: true }) connection_id!: string | null;
  @Text('Who the provider says the user is', { nullable: true }) principal_id!: string | null;
  @Text(undefined, { nullable: true }) tool_name!: string | null;
  @Text('allow or deny', { nullable: true }) decision!: string | null;
  @Text('Why it was denied or failed', { nullable: true }) reason!: string | null;
  @Text(undefined, { nullable: true }) status!: string | null;
  @Text(undefined, { nullable: true }) error_code!: string | null;
  @Whole(undefined, { nullable: true }) duration_ms!: number | null;
  @Whole("HTTP status of the provider's answer", { nullable: true }) provider_status!: number | null;
  @OpenObject('What belongs to the type of event: arguments, result, changed fields') detail!: object;
}

export class AuditEventPage {
  @ApiProperty({ type: [AuditEventView] }) events!: AuditEventView[];
  @NextPageToken() next_page_token!: string;
}
