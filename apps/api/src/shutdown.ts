import type { Logger } from '#app/observability';

const GIVE_UP_MS = 20_000;

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/** Stops what was started, last first, once: at SIGINT or SIGTERM, or when the start fails. A second signal ends at once. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly logger: Logger) {}

  add(name: string, stop: () => Promise<void>): void {
    this.steps.unshift({ name, stop });
  }

  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.onSignal(signal));
    // started with a channel to a parent (the demo, the bench): end with it, even when it was killed
    process.once('disconnect', () => this.onSignal('disconnect'));
  }

  run(): Promise<void> {
    this.running ??= this.stopAll();
    return this.running;
  }

  private onSignal(signal: string): void {
    if (this.running !== null) process.exit(1);
    this.logger.info({ signal }, 'Stopping: calls under way are let finish');
    setTimeout(() => process.exit(1), GIVE_UP_MS).unref();
    void this.run().then(() => process.exit(0));
  }

  private async stopAll(): Promise<void> {
    for (const { name, stop } of this.steps) {
      try {
        await stop();
      } catch (error) {
        this.logger.error({ err: error, part: name }, 'A part did not stop cleanly');
      }
    }
  }
}
