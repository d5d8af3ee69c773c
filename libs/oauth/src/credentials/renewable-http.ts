import type { ProviderHttp, ProviderRequest, ProviderResponse } from '#app/connector-kit';

/** A client that calls a provider as one account. */
export interface LeasedHttp extends ProviderHttp {
  /** Which generation of the account's credential requests are made with at the moment. */
  readonly generation: number;
}

/** Where a client with another credential comes from; null: there is none. */
export interface RenewalSource {
  /** One that somebody else has put in the place of the last one already. */
  readonly replaced: () => Promise<LeasedHttp | null>;
  readonly refreshed: () => Promise<LeasedHttp | null>;
}

/**
 * A client whose credential can be exchanged while it is in use. It refreshes once. What this node had at hand may be older by any
 * number of refreshes than the one in use, so taking that one over doesn't count: it may have ended in its turn.
 */
export class RenewableHttp implements LeasedHttp {
  private readonly used: LeasedHttp[] = [];

  private mayRefresh = true;

  constructor(
    private current: LeasedHttp,
    private readonly source: RenewalSource,
  ) {}

  get generation(): number {
    return this.current.generation;
  }

  /** An answer may repeat any credential that was sent. */
  redact(text: string): string {
    return this.used.reduce((redacted, http) => http.redact(redacted), this.current.redact(text));
  }

  async renew(): Promise<boolean> {
    const next = (await this.source.replaced()) ?? (await this.refreshOnce());
    if (next === null) return false;
    this.used.push(this.current);
    this.current = next;
    return true;
  }

  send(request: ProviderRequest, options: Parameters<ProviderHttp['send']>[1]): Promise<ProviderResponse> {
    return this.current.send(request, options);
  }

  private async refreshOnce(): Promise<LeasedHttp | null> {
    if (!this.mayRefresh) return null;
    this.mayRefresh = false;
    return this.source.refreshed();
  }
}
