import { Body, Controller, Post } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Route } from '../route.decorator.js';
import { ExecuteToolDto } from './execute.dto.js';
import { ExecuteToolResponse } from './execute.view.js';

/** What the API description and the route check know of `execute_tool`; {@link ExecuteRoute} takes its place. */
@ApiTags('Tools')
@Controller('api/v1')
export class ExecuteController {
  @Post('execute_tool')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Makes a write happen once, for 24 hours' })
  @Route({
    permission: 'tools:execute',
    decidedByPipeline: true,
    audit: 'tool.executed',
    summary: 'Runs a tool as one user',
    returns: ExecuteToolResponse,
    fails: [404, 409, 429, 502, 504],
  })
  execute(@Body() _call: ExecuteToolDto): never {
    throw new Error('POST /api/v1/execute_tool is served by ExecuteRoute');
  }
}
