import { Client } from 'undici';
import { StatusOnly, type Target, toDispatch } from './load.js';

export interface OpenWindow {
  readonly rate: number;
  readonly calls: number;
  readonly failures: number;
  /** Milliseconds from the moment at which each call was due to its answer. */
  readonly latencies: readonly number[];
}

const CONNECTIONS = 128;
const NAP_MS = 0.05;

const napping = new Int32Array(new SharedArrayBuffer(4));

/** Leaves the core to others for a moment; what arrives meanwhile is read that much later. */
const nap = (): void => void Atomics.wait(napping, 0, 0, NAP_MS);

/**
 * Calls that arrive at a constant rate, whatever becomes of those before them: when each is due is fixed beforehand, and its
 * latency counts from then. A server (or this generator) that stalls delays the calls that were due meanwhile, and all of that is
 * measured: coordinated omission has nowhere to hide.
 */
export async function applyOpenLoop(target: Target, rate: number, seconds: number): Promise<OpenWindow> {
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(target.url));
  const loop = new OpenLoop(target, clients, Math.floor(rate * seconds), 1_000 / rate);
  await loop.run();
  await Promise.all(clients.map((client) => client.close()));
  return { rate, calls: loop.latencies.length, failures: loop.failures, latencies: loop.latencies };
}

class OpenLoop {
  readonly latencies: number[] = [];
  failures = 0;
  private readonly idle: Client[];
  private readonly begin = performance.now() + 50;
  private next = 0;

  constructor(
    private readonly target: Target,
    clients: readonly Client[],
    private readonly total: number,
    private readonly interval: number,
  ) {
    this.idle = [...clients];
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        this.sendDue();
        if (this.latencies.length === this.total) return resolve();
        if (this.next < this.total && this.dueAt(this.next) - performance.now() < 2) {
          // A timer alone comes a millisecond late. Looking without pause would take the core from the database, which shares it.
          nap();
          setImmediate(look);
        } else setTimeout(look, 1);
      };
      look();
    });
  }

  private dueAt(call: number): number {
    return this.begin + call * this.interval;
  }

  private sendDue(): void {
    const now = performance.now();
    while (this.next < this.total && this.dueAt(this.next) <= now) {
      const client = this.idle.pop();
      // all connections are busy: the call waits, and its latency grows
      if (client === undefined) return;
      this.send(client, this.dueAt(this.next));
      this.next += 1;
    }
  }

  private send(client: Client, due: number): void {
    const done = (status: number): void => {
      this.latencies.push(performance.now() - due);
      if (status !== 200) this.failures += 1;
      this.idle.push(client);
    };
    client.dispatch(toDispatch(this.target), new StatusOnly(done));
  }
}
