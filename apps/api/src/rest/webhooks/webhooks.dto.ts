import { WEBHOOK_EVENTS } from '#app/webhooks';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayUnique, IsArray, IsIn } from 'class-validator';
import { Optional, OptionalFilledText, RequiredText } from '../common/dto.js';
import { Moment, OneOf, Text, Texts, Whole } from '../common/view.js';

const Events = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      enum: WEBHOOK_EVENTS,
      isArray: true,
      description: 'What to be told of; empty means everything',
    }),
    Optional(),
    IsArray(),
    ArrayUnique(),
    IsIn(WEBHOOK_EVENTS, { each: true, message: `each must be one of ${WEBHOOK_EVENTS.join(', ')}` }),
  );

export class CreateWebhookDto {
  @RequiredText('Where events are posted to; https', 2048) url!: string;
  @Events() events?: string[];
}

/** What is left out stays as it is. */
export class UpdateWebhookDto {
  @OptionalFilledText('Where events are posted to; https', 2048) url?: string;
  @Events() events?: string[];

  @ApiPropertyOptional({ enum: ['enabled', 'disabled'] })
  @Optional()
  @IsIn(['enabled', 'disabled'])
  status?: 'enabled' | 'disabled';
}

export class WebhookView {
  @Text() id!: string;
  @Text() url!: string;
  @Texts('What it is told of; empty means everything') events!: readonly string[];
  @OneOf(['enabled', 'disabled']) status!: string;
  @Moment('Since when every delivery has failed; it is disabled after five days of that', { nullable: true })
  failing_since!: string | null;
  @Moment('Until when the previous secret signs along', { nullable: true }) previous_secret_until!: string | null;
  @Moment() created_at!: string;
  @Moment() updated_at!: string;
}

export class WebhookAnswer {
  @ApiProperty({ type: WebhookView }) webhook!: WebhookView;
}

export class WebhookSecretAnswer extends WebhookAnswer {
  @Text('Checks the signatures (Standard Webhooks); shown this once') secret!: string;
}

export class WebhookListAnswer {
  @ApiProperty({ type: [WebhookView] }) webhooks!: WebhookView[];
}

export class WebhookDeliveryView {
  @Text('The `webhook-id` under which the receiver sees it') event_id!: string;
  @OneOf(WEBHOOK_EVENTS) type!: string;
  @OneOf(['pending', 'delivered', 'failed']) state!: string;
  @Whole() attempts!: number;
  @Whole('HTTP status of the last answer', { nullable: true }) last_status!: number | null;
  @Text('Why there was no answer', { nullable: true }) last_error!: string | null;
  @Moment('Null once it has ended', { nullable: true }) next_attempt_at!: string | null;
  @Moment() created_at!: string;
  @Moment(undefined, { nullable: true }) finished_at!: string | null;
}

export class WebhookDeliveryAnswer {
  @ApiProperty({ type: WebhookDeliveryView }) delivery!: WebhookDeliveryView;
}

export class WebhookDeliveryListAnswer {
  @ApiProperty({ type: [WebhookDeliveryView] }) deliveries!: WebhookDeliveryView[];
}
