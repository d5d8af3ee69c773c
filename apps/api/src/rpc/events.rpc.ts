import type { JsonObject } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type { EventsController } from '../rest/events/events.controller.js';
import { ListEventsDto } from '../rest/events/events.dto.js';
import * as pb from './generated/scalekit/v1/events/events_pb.js';
import type { RpcCall } from './rpc-call.js';
import { twinOf } from './twin.js';

/** `scalekit.v1.events.EventsService`. */
export const eventsRpc = (call: RpcCall, controller: EventsController): ServiceImpl<typeof pb.EventsService> => ({
  listEventsPaginated: twinOf(call, {
    input: pb.ListEventsPaginatedRequestSchema,
    output: pb.ListEventsPaginatedResponseSchema,
    dto: ListEventsDto,
    controller,
    method: 'list',
    request: withoutSource,
    response: ({ events, ...page }) => ({ ...page, events: (events as JsonObject[]).map(eventOf) }),
  }),
});

/** Every event is the service's own, which is what the published client's only useful value of it means. */
function withoutSource({ filter, ...rest }: JsonObject): JsonObject {
  if (filter === undefined) return rest;
  const { source, ...others } = filter as JsonObject;
  return { ...rest, filter: source === 'SCALEKIT' ? others : filter };
}

/** What an event is about, in the names of the published API. */
const OBJECTS: Readonly<Record<string, pb.ObjectType>> = {
  connected_account: pb.ObjectType.ConnectedAccount,
  connection: pb.ObjectType.Connection,
  tool: pb.ObjectType.Actions,
};

const eventOf = ({ object, ...event }: JsonObject): JsonObject => ({
  ...event,
  object: OBJECTS[object as string] ?? pb.ObjectType.OBJECT_TYPE_UNSPECIFIED,
});
