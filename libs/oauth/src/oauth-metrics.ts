import { SystemDatabase } from '#app/database';
import { Metrics, shared, type Measured } from '#app/observability';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RefreshCounts } from './refresh/refresh-counts.js';
import { TokenRefresher } from './refresh/token-refresher.js';

/** Of all tenants, as is everything here. */
interface Queue {
  readonly pending: number;
  readonly abandoned: number;
  readonly skipped: number;
  /** Seconds. */
  readonly oldest: number;
}

/** What a scraper is told of refreshes and of revocations at the providers. */
@Injectable()
export class OAuthMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly system: SystemDatabase,
    private readonly refresher: TokenRefresher,
    private readonly refreshes: RefreshCounts,
  ) {}

  onModuleInit(): void {
    this.measureRefreshes();
    this.measureRevocations();
  }

  private measureRefreshes(): void {
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_refreshes_in_flight',
      help: 'Refreshes that this node is at, or waits for another node to end',
      read: () => [{ value: this.refresher.inFlight }],
    });
    this.metrics.measure({
      kind: 'counter',
      name: 'gatehouse_refreshes_total',
      help: 'Refreshes of this node by how they ended',
      labels: ['result'],
      read: () => this.refreshes.all().map(([result, value]) => ({ labels: { result }, value })),
    });
  }

  private measureRevocations(): void {
    const queue = shared(async () => (await this.system.query<Queue>(QUEUE, []))[0]);
    const each = async (read: (found: Queue) => Measured[]): Promise<Measured[]> => {
      const found = await queue();
      return found === undefined ? [] : read(found);
    };
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_revocations',
      help: 'Revocations at providers, of all nodes: waiting, given up, and not sent because others would lose access',
      labels: ['state'],
      read: () =>
        each(({ pending, abandoned, skipped }) =>
          Object.entries({ pending, abandoned, skipped }).map(([state, value]) => ({ labels: { state }, value })),
        ),
    });
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_revocation_oldest_seconds',
      help: 'Age of the revocation that has waited longest, of all nodes; 0 when none waits',
      read: () => each(({ oldest }) => [{ value: oldest }]),
    });
  }
}

const QUEUE = {
  name: 'oauth.count_revocations',
  text: `
    SELECT count(*) FILTER (WHERE state = 'pending')::float8 AS pending,
      count(*) FILTER (WHERE state = 'abandoned')::float8 AS abandoned,
      count(*) FILTER (WHERE state = 'skipped')::float8 AS skipped,
      coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'pending')), 0)::float8 AS oldest
    FROM upstream_revocations WHERE state <> 'done'`,
};
