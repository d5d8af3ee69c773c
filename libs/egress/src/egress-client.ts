import { Agent } from 'undici';
import { checkDestination, placeOf } from './destination.js';
import { EgressError } from './egress-error.js';
import type { EgressRequest, EgressResponse, EgressUrl } from './egress-request.js';
import { Exchange } from './exchange.js';
import { guardedConnector, systemResolver, type Resolver } from './guarded-connector.js';
import { HostPolicy, type EgressPolicy } from './host-policy.js';
import { redactResponse } from './redact.js';
import { renderRequest } from './render-request.js';

/** Connections to one origin at a time; further requests wait for one within their own time limit. */
const CONNECTIONS_PER_ORIGIN = 256;

/**
 * The only way out of the process. Requests go to hosts that the caller named and the operator permits, by addresses that were
 * checked when the connection was made, within limits of time and size, and secrets do not come back in what is answered.
 */
export class EgressClient {
  private readonly policy: HostPolicy;
  private readonly agent: Agent;

  constructor(policy: EgressPolicy, resolve: Resolver = systemResolver, connectTimeoutMs?: number) {
    this.policy = new HostPolicy(policy);
    this.agent = new Agent({
      connect: guardedConnector(this.policy, resolve, policy.proxies, connectTimeoutMs),
      connections: CONNECTIONS_PER_ORIGIN,
      // One limit for the whole exchange is kept by Exchange
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Why no request can go to this URL, as far as that can be told without looking its name up; null when nothing is known against it. */
  refusalOf(url: EgressUrl): string | null {
    try {
      checkDestination(url, [placeOf(url)], this.policy);
      return null;
    } catch (error) {
      if (error instanceof EgressError) return error.message;
      throw error;
    }
  }

  /** Sends one request, once, and follows nothing. Throws {@link EgressError}. */
  async send(request: EgressRequest): Promise<EgressResponse> {
    checkDestination(request.url, request.allowedHosts, this.policy);
    const { origin, pathname, search } = request.url;
    const { method, headers, body, secrets } = renderRequest(request);
    const exchange = new Exchange(request);
    if (!exchange.over) this.agent.dispatch({ origin, path: pathname + search, method, headers, body }, exchange);
    const response = await exchange.response;
    const untouched = request.answersWithCredentials === true && response.status < 300;
    return untouched ? response : redactResponse(response, secrets);
  }

  /** Waits for what is under way, then closes every connection. */
  async close(): Promise<void> {
    if (!this.agent.closed) await this.agent.close();
  }
}
