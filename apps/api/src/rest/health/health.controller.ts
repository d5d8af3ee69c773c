import { SystemDatabase } from '#app/database';
import { AppError } from '#app/kernel';
import { Metrics } from '#app/observability';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Reply } from '../request.js';
import { Public } from '../route.decorator.js';
import { HealthView } from './health.view.js';

@ApiTags('Health')
@Controller()
export class HealthController {
  constructor(
    private readonly database: SystemDatabase,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Public('says only that the process runs', { summary: 'The process is alive', returns: HealthView })
  live(): HealthView {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Public('says only whether the database answers', {
    summary: 'The process can serve calls: its database answers',
    returns: HealthView,
    fails: [503],
  })
  async ready(): Promise<HealthView> {
    if (!(await this.database.isReachable()))
      throw new AppError('not_available', 'The database does not answer; calls are refused until it does.');
    return { status: 'ok' };
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } }, description: '' })
  @Public('counts without tenant or user; keep it inside your network', { summary: 'Metrics for Prometheus' })
  async scrape(@Res() reply: Reply): Promise<void> {
    await reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
