import { SystemDatabase } from '#app/database';
import { AppError } from '#app/kernel';
import { Metrics } from '#app/observability';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Reply } from '../request.js';
import { Public } from '../route.decorator.js';

@ApiTags('Health')
@Controller()
export class HealthController {
  constructor(
    private readonly database: SystemDatabase,
    private readonly metrics: Metrics,
  ) {}

  /** The process is alive. */
  @Get('health/live')
  @Public('says only that the process runs')
  live(): object {
    return { status: 'ok' };
  }

  /** The process can serve calls: its database answers. 503 otherwise. */
  @Get('health/ready')
  @Public('says only whether the database answers')
  async ready(): Promise<object> {
    if (!(await this.database.isReachable()))
      throw new AppError('not_available', 'The database does not answer; calls are refused until it does.');
    return { status: 'ok' };
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  @Public('counts without tenant or user; keep it inside your network')
  async scrape(@Res() reply: Reply): Promise<void> {
    await reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
