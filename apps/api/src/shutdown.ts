import type { Logger } from '#app/observability';

/**
 * A token request may take 75 seconds, and its answer must be stored: given up earlier, the pair would be lost. Calls and jobs end
 * sooner, within their own limits. docker-compose.yml grants a little more.
 */
const GIVE_UP_MS = 100_000;

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/** Stops what was started, last first, once: at SIGINT or SIGTERM, or when the start fails. A second signal ends at once. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private running: Promise<void> | null = null;
  /** An interrupted start is no success. */
  private exitCode = 1;

  constructor(private readonly logger: Logger) {}

  add(name: string, stop: () => Promise<void>): void {
    this.steps.unshift({ name, stop });
  }

  /** Takes charge of a part that is still starting: a signal that comes in between waits for it and stops it. */
  async own<Part extends { stop(): Promise<void> }>(name: string, starting: Promise<Part>): Promise<Part> {
    this.add(name, async () => {
      const part = await starting.catch(() => null);
      await part?.stop();
    });
    return starting;
  }

  /** The start is complete: from now on, a signal is an ordinary end. */
  started(): void {
    this.exitCode = 0;
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
    void this.run().then(() => process.exit(this.exitCode));
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
