import { AuditMaintenance } from '#app/audit';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { AgentsCleanup } from '#app/identity';
import { LOGGER, type Logger } from '#app/observability';
import { ExpiredCleanup, IdleRefresh, RevocationSender } from '#app/oauth';
import { KeyManagement } from '#app/vault';
import { WebhookSender } from '#app/webhooks';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

const SECOND = 1_000;
const MINUTE = 60_000;

interface Job {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<unknown>;
}

/**
 * The housekeeping of a node: closes the intents of calls that died, makes audit partitions ahead, drops those past retention,
 * deletes expired links, tells the providers what was disconnected, refreshes what nobody uses, and looks after the keys. Every
 * job may run on several nodes at once; one that fails is logged and runs again next time.
 */
@Injectable()
export class MaintenanceJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly audit: AuditMaintenance,
    private readonly cleanup: ExpiredCleanup,
    private readonly revocations: RevocationSender,
    private readonly keys: KeyManagement,
    private readonly webhooks: WebhookSender,
    private readonly idle: IdleRefresh,
    private readonly agents: AgentsCleanup,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    for (const job of this.jobs()) {
      const timer = setInterval(() => this.start(job), job.everyMs);
      timer.unref();
      this.timers.push(timer);
      this.start(job);
    }
  }

  /** Lets a job that is under way finish before the database is closed. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running);
  }

  private jobs(): Job[] {
    return [
      { name: 'close orphaned intents', everyMs: MINUTE, run: () => this.audit.closeOrphans() },
      { name: 'make audit partitions', everyMs: 60 * MINUTE, run: () => this.audit.ensurePartitions() },
      {
        name: 'drop expired audit partitions',
        everyMs: 60 * MINUTE,
        run: () => this.audit.dropExpired(this.config.audit.retentionDays),
      },
      { name: 'delete expired links', everyMs: 5 * MINUTE, run: () => this.cleanup.run() },
      { name: 'delete what has run out of agents', everyMs: 5 * MINUTE, run: () => this.agents.run() },
      { name: 'revoke at the providers', everyMs: 5 * SECOND, run: () => this.revocations.run() },
      { name: 'deliver webhooks', everyMs: 2 * SECOND, run: () => this.webhooks.run() },
      { name: 'forget ended deliveries', everyMs: 60 * MINUTE, run: () => this.webhooks.forgetEnded() },
      { name: 'forget ended revocations', everyMs: 60 * MINUTE, run: () => this.revocations.forgetEnded() },
      { name: 'refresh idle accounts', everyMs: 5 * MINUTE, run: () => this.idle.run() },
      { name: 'rotate data keys that are due', everyMs: MINUTE, run: () => this.keys.rotateDue() },
      { name: 'seal anew what retired keys sealed', everyMs: MINUTE / 2, run: () => this.keys.reencrypt() },
      { name: 'wrap data keys with the current master key', everyMs: MINUTE, run: () => this.keys.rewrap() },
      { name: 'forget ended leases of nodes', everyMs: 60 * MINUTE, run: () => this.keys.clear() },
    ];
  }

  private start(job: Job): void {
    const work = job
      .run()
      .then(() => undefined)
      .catch((error: unknown) =>
        this.logger.warn({ err: error, job: job.name }, 'A maintenance job failed; it will run again'),
      )
      .finally(() => this.running.delete(work));
    this.running.add(work);
  }
}
