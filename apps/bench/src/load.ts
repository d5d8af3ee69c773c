import { Client, type Dispatcher } from 'undici';

/** One program under load, and the request that is sent to it over and over. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** That of tool calls by REST when it is left out. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Window {
  readonly calls: number;
  readonly failures: number;
  readonly seconds: number;
  /** Milliseconds of every call. */
  readonly latencies: readonly number[];
}

/**
 * A closed loop: every connection sends its next request when the answer to the last one is in, for as long as `more` says.
 * All requests that were sent are answered when it resolves.
 */
export async function applyLoad(
  target: Target,
  connections: number,
  more: (calls: number) => boolean,
): Promise<Window> {
  const state = { sent: 0, failures: 0, latencies: [] as number[] };
  const clients = Array.from({ length: connections }, () => new Client(target.url));
  const begin = performance.now();
  await Promise.all(clients.map((client) => loop(client, target, state, more)));
  const seconds = (performance.now() - begin) / 1_000;
  await Promise.all(clients.map((client) => client.close()));
  return { calls: state.sent, failures: state.failures, seconds, latencies: state.latencies };
}

async function loop(
  client: Client,
  target: Target,
  state: { sent: number; failures: number; latencies: number[] },
  more: (calls: number) => boolean,
): Promise<void> {
  const options = toDispatch(target);
  while (more(state.sent)) {
    state.sent += 1;
    const begin = performance.now();
    const status = await new Promise<number>((resolve) => client.dispatch(options, new StatusOnly(resolve)));
    state.latencies.push(performance.now() - begin);
    if (status !== 200) state.failures += 1;
  }
}

export const toDispatch = ({ path = '/api/v1/execute_tool', headers, body }: Target): Dispatcher.DispatchOptions => ({
  path,
  method: 'POST',
  headers,
  body,
});

/** Reads an answer to its end and keeps its status; 0 when it failed. The cheapest that undici offers. */
export class StatusOnly implements Dispatcher.DispatchHandler {
  private status = 0;

  constructor(private readonly done: (status: number) => void) {}

  /** By this method undici tells a handler of this kind. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.status = status;
  }

  onResponseEnd(): void {
    this.done(this.status);
  }

  onResponseError(): void {
    this.done(0);
  }
}
