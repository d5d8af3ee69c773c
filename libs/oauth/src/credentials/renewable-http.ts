import type { ProviderHttp, ProviderRequest, ProviderResponse } from '#app/connector-kit';

/** A client that calls a provider as one account. */
export interface LeasedHttp extends ProviderHttp {
  /** Which generation of the account's credential requests are made with at the moment. */
  readonly generation: number;
}

/** A client whose credential can be exchanged while it is in use. */
export class RenewableHttp implements LeasedHttp {
  private readonly used: LeasedHttp[] = [];

  /** @param another makes a client with a newer credential than the last one; null when there is none */
  constructor(
    private current: LeasedHttp,
    private readonly another: () => Promise<LeasedHttp | null>,
  ) {}

  get generation(): number {
    return this.current.generation;
  }

  /** An answer may repeat any credential that was sent. */
  redact(text: string): string {
    return this.used.reduce((redacted, http) => http.redact(redacted), this.current.redact(text));
  }

  async renew(): Promise<boolean> {
    const next = await this.another();
    if (next === null) return false;
    this.used.push(this.current);
    this.current = next;
    return true;
  }

  send(request: ProviderRequest, options: Parameters<ProviderHttp['send']>[1]): Promise<ProviderResponse> {
    return this.current.send(request, options);
  }
}
