import { ApiProperty } from '@nestjs/swagger';
import { Moment, OneOf, Text, Whole } from '../common/view.js';

/** State of one tool call, without its payload. */
export class ExecutionView {
  @Text() id!: string;
  @OneOf(
    ['running', 'success', 'failure', 'denied', 'unknown'],
    'unknown: the process ended before it could say; a write may or may not have happened',
  )
  status!: string;
  @Text(undefined, { nullable: true }) tool_name!: string | null;
  @Text(undefined, { nullable: true }) identifier!: string | null;
  @Text(undefined, { nullable: true }) connected_account_id!: string | null;
  @Text(undefined, { nullable: true }) connection_id!: string | null;
  @Text(undefined, { nullable: true }) client_id!: string | null;
  @Text() source!: string;
  @Text(undefined, { nullable: true }) error_code!: string | null;
  @Text(undefined, { nullable: true }) reason!: string | null;
  @Whole("HTTP status of the provider's answer", { nullable: true }) provider_status!: number | null;
  @Whole(undefined, { nullable: true }) duration_ms!: number | null;
  @Moment() started_at!: string;
  @Moment(undefined, { nullable: true }) finished_at!: string | null;
}

export class ExecutionResponse {
  @ApiProperty({ type: ExecutionView }) execution!: ExecutionView;
}
