import { create, type JsonObject } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ExecuteTool } from '#app/tools';
import { ExecuteToolDto } from '../rest/execute/execute.dto.js';
import { toolCall } from '../rest/execute/execute.route.js';
import { isPlainCall } from '../rest/execute/plain-call.js';
import type { ToolsController } from '../rest/tools/tools.controller.js';
import { AvailableToolsQuery, ListToolsQuery, ScopedToolsQuery } from '../rest/tools/tools.dto.js';
import * as pb from './generated/scalekit/v1/tools/tools_pb.js';
import { requestDto, withFlatFilter } from './request-dto.js';
import type { RpcCall } from './rpc-call.js';
import { twinOf } from './twin.js';

/** `scalekit.v1.tools.ToolService`. */
export const toolsRpc = (
  call: RpcCall,
  controller: ToolsController,
  executor: ExecuteTool,
): ServiceImpl<typeof pb.ToolService> => ({
  listTools: twinOf(call, {
    input: pb.ListToolsRequestSchema,
    output: pb.ListToolsResponseSchema,
    dto: ListToolsQuery,
    controller,
    method: 'list',
    request: withFlatFilter,
  }),
  listScopedTools: twinOf(call, {
    input: pb.ListScopedToolsRequestSchema,
    output: pb.ListScopedToolsResponseSchema,
    dto: ScopedToolsQuery,
    controller,
    method: 'scoped',
    request: withFlatFilter,
  }),
  listAvailableTools: twinOf(call, {
    input: pb.ListAvailableToolsRequestSchema,
    output: pb.ListAvailableToolsResponseSchema,
    dto: AvailableToolsQuery,
    controller,
    method: 'available',
  }),
  // straight into the pipeline, which decides and records by itself
  executeTool: (message: pb.ExecuteToolRequest, rpc: HandlerContext) =>
    call.run(rpc, async (ctx) => {
      const given = requestDto(pb.ExecuteToolRequestSchema, message);
      const body = isPlainCall(given) ? given : await call.checked(given, ExecuteToolDto);
      const { data, executionId } = await executor.run(ctx, { ...toolCall(body, undefined), repeatedByClient: true });
      return create(pb.ExecuteToolResponseSchema, { data: data as JsonObject, executionId });
    }),
});
