import type { RequestContext } from '#app/kernel';
import { WebhooksService } from '#app/webhooks';
import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EmptyResponse } from '../connected-accounts/connected-accounts.view.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  CreateWebhookDto,
  UpdateWebhookDto,
  WebhookAnswer,
  WebhookDeliveryAnswer,
  WebhookDeliveryListAnswer,
  WebhookListAnswer,
  WebhookSecretAnswer,
} from './webhooks.dto.js';
import { deliveryView, webhookView } from './webhooks.mapper.js';

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @Route({
    permission: 'webhooks:read',
    audit: none('configuration without secrets'),
    summary: 'The endpoints of the tenant, newest first',
    returns: WebhookListAnswer,
  })
  async list(@Ctx() ctx: RequestContext): Promise<WebhookListAnswer> {
    return { webhooks: (await this.webhooks.list(ctx)).map(webhookView) };
  }

  @Post()
  @Route({
    permission: 'webhooks:write',
    audit: 'webhook.created',
    summary: 'Adds an endpoint that is told of events; its secret is in this answer and never shown again',
    returns: WebhookSecretAnswer,
    status: 201,
    fails: [409],
  })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateWebhookDto): Promise<WebhookSecretAnswer> {
    const { endpoint, secret } = await this.webhooks.create(ctx, { url: body.url, events: body.events });
    return { webhook: webhookView(endpoint), secret };
  }

  @Get(':id')
  @Route({
    permission: 'webhooks:read',
    audit: none('configuration without secrets'),
    summary: 'One endpoint',
    returns: WebhookAnswer,
  })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<WebhookAnswer> {
    return { webhook: webhookView(await this.webhooks.get(ctx, id)) };
  }

  @Patch(':id')
  @Route({
    permission: 'webhooks:write',
    audit: 'webhook.updated',
    summary: 'Changes an endpoint, enables or disables it',
    returns: WebhookAnswer,
  })
  async update(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() { url, events, status }: UpdateWebhookDto,
  ): Promise<WebhookAnswer> {
    return { webhook: webhookView(await this.webhooks.update(ctx, id, { url, events, status })) };
  }

  @Delete(':id')
  @Route({
    permission: 'webhooks:write',
    audit: 'webhook.deleted',
    summary: 'Deletes an endpoint and what is on its way there',
    returns: EmptyResponse,
  })
  async delete(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<EmptyResponse> {
    await this.webhooks.delete(ctx, id);
    return {};
  }

  @Post(':id/~rotate_secret')
  @Route({
    permission: 'webhooks:write',
    audit: 'webhook.secret_rotated',
    summary: 'Gives an endpoint a new secret; for a day the old one signs along',
    returns: WebhookSecretAnswer,
    fails: [409],
  })
  async rotate(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<WebhookSecretAnswer> {
    const { endpoint, secret } = await this.webhooks.rotateSecret(ctx, id);
    return { webhook: webhookView(endpoint), secret };
  }

  @Get(':id/deliveries')
  @Route({
    permission: 'webhooks:read',
    audit: none('states of deliveries, without their content'),
    summary: 'The newest deliveries to an endpoint, and what came of them',
    returns: WebhookDeliveryListAnswer,
  })
  async deliveries(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<WebhookDeliveryListAnswer> {
    return { deliveries: (await this.webhooks.deliveries(ctx, id)).map(deliveryView) };
  }

  @Post(':id/deliveries/:event_id/~redeliver')
  @Route({
    permission: 'webhooks:write',
    audit: 'webhook.redelivered',
    summary: 'Sends an event once more, under the same id',
    returns: WebhookDeliveryAnswer,
  })
  async redeliver(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Param('event_id') eventId: string,
  ): Promise<WebhookDeliveryAnswer> {
    return { delivery: deliveryView(await this.webhooks.redeliver(ctx, id, eventId)) };
  }
}
