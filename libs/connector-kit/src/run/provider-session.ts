import type { CancelSignal, Clock } from '#app/kernel';
import type { Connector } from '../connector.js';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { describeFailure } from '../failure/describe-failure.js';
import { readAnswer, type Answer, type Refusal } from '../failure/read-answer.js';
import { transportFailure } from '../failure/transport-failure.js';
import { ProviderTransportError, type ProviderHttp, type ProviderRequest } from '../provider-http.js';
import { TextOutlet } from '../text/text-outlet.js';
import { linkTarget } from './link-header.js';
import type { RequestDraft, RequestPlan } from './request-plan.js';
import { backoffMs, MAX_ATTEMPTS, rateLimitWaitMs, type Sleep } from './retry-policy.js';
import { sleep as realSleep } from './sleep.js';

export interface SessionOptions {
  readonly connector: Connector;
  readonly http: ProviderHttp;
  readonly clock: Clock;
  /** Milliseconds since the epoch; no request starts and no wait ends after it. */
  readonly deadline: number;
  readonly signal?: CancelSignal;
  readonly sleep?: Sleep;
  /** Of the request that asks who the credential is, for rules that probe. */
  readonly identityDraft: () => RequestDraft;
}

const MAX_RENEWALS = 3;

/** An attempt without an answer. `waitMs` is null when it must not be made again. */
interface FailedAttempt {
  readonly failure: ConnectorFailure;
  readonly waitMs: number | null;
  readonly refusal: Refusal | null;
}

/** The requests of one call: sends them, retries what may be retried, counts them, and keeps to the deadline. */
export class ProviderSession {
  /** Requests that were handed to the transport. */
  requests = 0;

  private renewals = 0;

  /** For all texts that come out of the answers. */
  readonly outlet: TextOutlet;

  constructor(private readonly options: SessionOptions) {
    const { http } = options;
    this.outlet = new TextOutlet((text) => http.redact(text));
  }

  /**
   * Sends a request until it is answered or fails for good. A read is repeated after 429, 5xx and a broken connection; a write
   * only after 429, or when the transport knows that it never left. Either is repeated with a renewed credential, since a
   * provider that calls a credential expired has done nothing.
   *
   * @throws ConnectorFailure
   */
  async call(plan: RequestPlan, draft: RequestDraft): Promise<Answer> {
    let current = draft;
    for (let attempt = 1; ; attempt++) {
      const result = await this.attempt(plan.finish(current), attempt);
      if ('body' in result) return result;
      const target = current === draft ? followed(plan, result.refusal) : null;
      if (target !== null) {
        current = { ...draft, path: target };
      } else if (!(await this.renewed(result.failure))) {
        await this.waitOrFail(result, attempt, plan);
      }
    }
  }

  private async waitOrFail(
    { failure, waitMs, refusal }: FailedAttempt,
    attempt: number,
    plan: RequestPlan,
  ): Promise<void> {
    if (refusal?.verdict.probe === true && (await this.probe(plan)) === 'renewed') return;
    if (waitMs === null || attempt >= MAX_ATTEMPTS || !this.hasTimeFor(waitMs)) {
      throw waitMs !== null && failure.code === 'provider_rate_limited' ? withRetryAfter(failure, waitMs) : failure;
    }
    try {
      await (this.options.sleep ?? realSleep)(waitMs, this.options.signal);
    } catch (error) {
      throw this.failure('aborted', error);
    }
  }

  private hasTimeFor(ms: number): boolean {
    return this.options.clock.now() + ms < this.options.deadline;
  }

  /** How often there is another credential is for the client to say; the bound is for one that never stops. */
  private async renewed({ code }: ConnectorFailure): Promise<boolean> {
    const { http } = this.options;
    if (code !== 'auth_expired' || this.renewals >= MAX_RENEWALS || http.renew === undefined) return false;
    this.renewals += 1;
    return http.renew();
  }

  /** Asks who the credential is. Throws what the provider says when it no longer knows it, unless another could be had. */
  private async probe(plan: RequestPlan): Promise<'known' | 'renewed'> {
    const { connector, identityDraft } = this.options;
    const { request } = connector.auth.identity;
    // The probe must not probe itself.
    if (plan === request) return 'known';
    const result = await this.attempt(request.finish(identityDraft()), 1);
    if ('body' in result) return 'known';
    const { code } = result.failure;
    if (await this.renewed(result.failure)) return 'renewed';
    if (code === 'auth_revoked' || code === 'auth_expired') throw result.failure;
    return 'known';
  }

  private async attempt(request: ProviderRequest, attempt: number): Promise<Answer | FailedAttempt> {
    const { connector, http, clock, deadline, signal } = this.options;
    if (signal?.aborted === true) throw this.failure('aborted', signal.reason);
    const left = deadline - clock.now();
    if (left <= 0) throw this.failure('timeout');
    this.requests += 1;
    try {
      const response = await http.send(request, {
        timeoutMs: Math.min(left, connector.http.timeoutMs),
        ...(signal === undefined ? {} : { signal }),
      });
      const answer = readAnswer(connector, response, request.write, this.outlet.redact);
      return 'body' in answer ? answer : this.refused(answer, request.write, attempt);
    } catch (error) {
      if (!(error instanceof ProviderTransportError)) throw error;
      return this.broken(error, request.write, attempt);
    }
  }

  private refused(refusal: Refusal, write: boolean, attempt: number): FailedAttempt {
    const { failure, status, headers } = refusal;
    const { http } = this.options.connector;
    const names = http.rateLimit ?? {};
    let waitMs: number | null = null;
    if (failure.code === 'provider_rate_limited') {
      waitMs = rateLimitWaitMs(headers, names, this.options.clock.now(), attempt);
    } else if (!write && status >= 500) {
      waitMs = backoffMs(attempt);
    }
    return { failure, waitMs, refusal };
  }

  private broken(error: ProviderTransportError, write: boolean, attempt: number): FailedAttempt {
    const again = (error.kind === 'network' || error.kind === 'truncated') && (!write || !error.sent);
    return {
      failure: transportFailure(this.options.connector, error, write),
      waitMs: again ? backoffMs(attempt) : null,
      refusal: null,
    };
  }

  private failure(code: 'aborted' | 'timeout', cause?: unknown): ConnectorFailure {
    return new ConnectorFailure(code, describeFailure(code, this.options.connector.name), { cause });
  }
}

/** Where a refused read should be repeated, when a rule follows its Link header and that stays on the same kind of path. */
function followed(plan: RequestPlan, refusal: Refusal | null): string | null {
  const relation = refusal?.verdict.followLink ?? null;
  if (relation === null || refusal === null || plan.write) return null;
  const target = linkTarget(refusal.headers.link ?? '', relation);
  return target !== null && plan.path.shape.test(target) ? target : null;
}

function withRetryAfter(failure: ConnectorFailure, waitMs: number): ConnectorFailure {
  return new ConnectorFailure(failure.code, failure.message, {
    upstreamStatus: failure.upstreamStatus,
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    detail: failure.detail,
    errors: failure.errors,
    cause: failure.cause,
  });
}
