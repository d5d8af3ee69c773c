import type { RequestContext } from '#app/kernel';
import { ToolsetsService } from '#app/tools';
import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EmptyResponse } from '../connected-accounts/connected-accounts.view.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  AcceptToolsetDto,
  CreateToolsetDto,
  ToolsetAnswer,
  ToolsetListAnswer,
  UpdateToolsetDto,
  type ToolsetPartDto,
} from './toolsets.dto.js';
import { ToolsetViews } from './toolset-views.js';

/** Toolsets go by the name of the published API here: configs of MCP servers. */
@ApiTags('MCP')
@Controller('api/v1/mcp/configs')
export class ToolsetsController {
  constructor(
    private readonly toolsets: ToolsetsService,
    private readonly views: ToolsetViews,
  ) {}

  @Get()
  @Route({
    permission: 'connections:read',
    audit: none('configuration without secrets'),
    summary: 'The toolsets of the tenant, newest first',
    returns: ToolsetListAnswer,
  })
  async list(@Ctx() ctx: RequestContext): Promise<ToolsetListAnswer> {
    return { configs: await this.views.of(ctx, await this.toolsets.list(ctx)) };
  }

  @Post()
  @Route({
    permission: 'connections:write',
    audit: 'toolset.created',
    summary: 'Chooses tools of the tenant’s connections that an agent finds under one URL',
    returns: ToolsetAnswer,
    status: 201,
    fails: [409],
  })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateToolsetDto): Promise<ToolsetAnswer> {
    const parts = body.connection_tool_mappings.map(wantedPart);
    const made = await this.toolsets.create(ctx, { name: body.name, description: body.description, parts });
    return { config: await this.views.one(ctx, made) };
  }

  @Get(':id')
  @Route({
    permission: 'connections:read',
    audit: none('configuration without secrets'),
    summary: 'One toolset, and whether its tools are as they were when they were accepted',
    returns: ToolsetAnswer,
  })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<ToolsetAnswer> {
    return { config: await this.views.one(ctx, await this.toolsets.get(ctx, id)) };
  }

  @Patch(':id')
  @Route({
    permission: 'connections:write',
    audit: 'toolset.updated',
    summary: 'Changes the tools of a toolset; a tool that was in before keeps the definition that was accepted',
    returns: ToolsetAnswer,
    fails: [409],
  })
  async update(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() { description, version, connection_tool_mappings: parts }: UpdateToolsetDto,
  ): Promise<ToolsetAnswer> {
    const changes = { description, version, parts: parts?.map(wantedPart) };
    return { config: await this.views.one(ctx, await this.toolsets.update(ctx, id, changes)) };
  }

  @Post(':id/~accept')
  @Route({
    permission: 'connections:write',
    audit: 'toolset.accepted',
    summary: 'Accepts the definitions of the tools of a toolset as they are now',
    returns: ToolsetAnswer,
    fails: [409],
  })
  async accept(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() { version }: AcceptToolsetDto,
  ): Promise<ToolsetAnswer> {
    return { config: await this.views.one(ctx, await this.toolsets.accept(ctx, id, version)) };
  }

  @Delete(':id')
  @Route({
    permission: 'connections:write',
    audit: 'toolset.deleted',
    summary: 'Deletes a toolset; its URL answers nobody any more',
    returns: EmptyResponse,
  })
  async delete(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<EmptyResponse> {
    await this.toolsets.delete(ctx, id);
    return {};
  }
}

const wantedPart = ({ connection_id: id, connection_name: name, tools = [] }: ToolsetPartDto) => ({
  connection: id ?? name ?? '',
  tools,
});
