import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Measurement } from './measurement.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What a scraper sees at `/metrics`. Labels have few values and name no tenant and no end user. */
export class Metrics {
  readonly registry = new Registry();

  private readonly toolCalls = new Counter({
    name: 'gatehouse_tool_calls_total',
    help: 'Tool calls by tool and outcome (success, or the error code)',
    labelNames: ['tool', 'outcome'] as const,
    registers: [this.registry],
  });

  private readonly toolSeconds = new Histogram({
    name: 'gatehouse_tool_call_seconds',
    help: 'Time of a tool call from arrival to recorded outcome',
    labelNames: ['tool'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** `tool` must be the name of a known tool: a name that a caller invented would be a label without bound. */
  toolCall(tool: string, outcome: string, milliseconds: number): void {
    this.toolCalls.inc({ tool, outcome });
    this.toolSeconds.observe({ tool }, milliseconds / 1000);
  }

  /** To be called once at start for each thing that a library can tell about itself. */
  measure(measurement: Measurement): void {
    const { kind, name, help, labels = [] } = measurement;
    const metric =
      kind === 'gauge'
        ? new Gauge({ name, help, labelNames: [...labels], registers: [this.registry], collect })
        : new Counter({ name, help, labelNames: [...labels], registers: [this.registry], collect });

    async function collect(): Promise<void> {
      const measured = await Promise.resolve()
        .then(() => measurement.read())
        .catch(() => []);
      metric.reset();
      for (const { labels: of = {}, value } of measured) metric.inc(of, value);
    }
  }
}
