import type { CancelSignal, Clock, JsonObject } from '#app/kernel';
import type { Connector } from '../connector.js';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { describeFailure } from '../failure/describe-failure.js';
import { readAnswer } from '../failure/read-answer.js';
import { transportFailure } from '../failure/transport-failure.js';
import {
  ProviderTransportError,
  type ProviderHttp,
  type ProviderRequest,
  type ProviderResponse,
} from '../provider-http.js';
import { TextOutlet } from '../text/text-outlet.js';
import { fetchIdentity } from './fetch-identity.js';

export interface SendRequestOptions {
  readonly connector: Connector;
  readonly request: ProviderRequest;
  /** Of the account, those that its identity told included. */
  readonly params: JsonObject;
  readonly http: ProviderHttp;
  readonly clock: Clock;
  readonly deadline: number;
  readonly signal?: CancelSignal;
}

/** Whatever the provider answered, and what it would mean as the answer to a tool; null for a success. */
export interface SentRequest {
  readonly answer: ProviderResponse;
  readonly failure: ConnectorFailure | null;
  readonly upstreamRequests: number;
}

/**
 * Sends a request of the caller's own, once, and hands the answer over as it is. Only a refusal of the credential is looked into:
 * what a path that nobody described answers with 401 need not be about the credential, so the provider is asked who it is.
 *
 * @throws ConnectorFailure when there is no answer, or when the credential is no longer accepted
 */
export async function sendRequest(options: SendRequestOptions): Promise<SentRequest> {
  const sent = new Sending(options);
  const first = await sent.once();
  if (!isOfCredential(first.failure)) return first;
  await sent.checkCredential();
  // The credential is good, perhaps since just now: nothing was done, so the request may be sent again
  const last = first.failure?.code === 'auth_expired' ? await sent.once() : first;
  return isOfCredential(last.failure) ? refusedHere(options.connector, last) : last;
}

const isOfCredential = (failure: ConnectorFailure | null): boolean =>
  failure?.code === 'auth_revoked' || failure?.code === 'auth_expired';

/** It is this request that the provider refuses, not the credential: the account is none the worse for it. */
function refusedHere({ name }: Connector, sent: SentRequest): SentRequest {
  const code = 'forbidden_by_provider';
  const failure = new ConnectorFailure(code, describeFailure(code, name), { upstreamStatus: sent.answer.status });
  failure.upstreamRequests = sent.upstreamRequests;
  return { ...sent, failure };
}

class Sending {
  private requests = 0;

  constructor(private readonly options: SendRequestOptions) {}

  async once(): Promise<SentRequest> {
    const { connector, request, http } = this.options;
    this.requests += 1;
    try {
      const answer = await http.send(request, { timeoutMs: this.left(), ...this.signal });
      return { answer, failure: this.failureIn(answer), upstreamRequests: this.requests };
    } catch (error) {
      if (!(error instanceof ProviderTransportError)) throw error;
      throw this.counted(transportFailure(connector, error, request.write));
    }
  }

  /** Throws what the provider says when it no longer knows the credential; another trouble of its says nothing about that. */
  async checkCredential(): Promise<void> {
    const { connector, params, http, clock, deadline } = this.options;
    this.requests += 1;
    try {
      await fetchIdentity(connector, { params, http, clock, deadline, ...this.signal });
    } catch (error) {
      if (!(error instanceof ConnectorFailure)) throw error;
      if (isOfCredential(error)) throw this.counted(error);
    }
  }

  private failureIn(answer: ProviderResponse): ConnectorFailure | null {
    if (answer.status < 400) return null;
    const { connector, request, http } = this.options;
    const { redact } = new TextOutlet((text) => http.redact(text));
    const read = readAnswer(connector, answer, request.write, redact);
    return 'failure' in read ? this.counted(read.failure) : null;
  }

  private counted(failure: ConnectorFailure): ConnectorFailure {
    failure.upstreamRequests = this.requests;
    return failure;
  }

  private left(): number {
    return Math.max(1, this.options.deadline - this.options.clock.now());
  }

  private get signal(): { readonly signal?: CancelSignal } {
    return this.options.signal === undefined ? {} : { signal: this.options.signal };
  }
}
