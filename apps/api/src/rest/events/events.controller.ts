import { EventFeed, type FeedEvent, type FeedRequest } from '#app/audit';
import type { RequestContext } from '#app/kernel';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route } from '../route.decorator.js';
import { ListEventsDto } from './events.dto.js';
import { EventPage, type EventView } from './events.view.js';

@ApiTags('Audit')
@Controller('api/v1/events')
export class EventsController {
  constructor(private readonly feed: EventFeed) {}

  @Post('paginated')
  @Route({
    permission: 'audit:read',
    audit: 'audit.listed',
    summary: 'What happened to accounts and connections and what became of tool calls, newest first',
    returns: EventPage,
  })
  async list(@Ctx() ctx: RequestContext, @Body() body: ListEventsDto): Promise<EventPage> {
    const { events, nextPageToken } = await this.feed.list(ctx, feedRequest(body));
    return { events: events.map(eventView), next_page_token: nextPageToken, prev_page_token: '' };
  }
}

const feedRequest = ({ filter, page_size: pageSize, page_token: pageToken }: ListEventsDto): FeedRequest => ({
  eventTypes: filter?.event_types,
  startTime: timeOf(filter?.start_time),
  endTime: timeOf(filter?.end_time),
  source: filter?.source,
  connectionId: filter?.connection_id,
  connectedAccountId: filter?.connected_account_id,
  pageSize,
  pageToken,
});

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

const eventView = (event: FeedEvent): EventView => ({
  spec_version: event.specVersion,
  id: event.id,
  type: event.type,
  object: event.object,
  display_name: event.displayName,
  occurred_at: event.occurredAt.toISOString(),
  environment_id: event.environmentId,
  data: event.data,
});
