/** What goes wrong. The further members belong to the kinds that name them. */
export interface FaultRecipe {
  readonly kind: FaultKind;
  /** status, html, redirect, token_exchange_failure: the HTTP status. */
  readonly status?: number;
  /** status: code and message of the error list, or a whole body instead. */
  readonly code?: string;
  readonly message?: string;
  readonly body?: unknown;
  /** Response headers to add (status, html, redirect). */
  readonly headers?: Readonly<Record<string, string>>;
  /** slow: how long to wait. */
  readonly ms?: number;
  /** redirect: where to. */
  readonly url?: string;
  /** rate_limit: seconds until the window ends. */
  readonly reset_seconds?: number;
  /** huge: size of the body. */
  readonly bytes?: number;
}

export const FAULT_KINDS = [
  'status',
  'html',
  'truncate',
  'huge',
  'hang',
  'slow',
  'reset',
  'redirect',
  'rate_limit',
  'echo_token',
  'malformed_json',
  'token_exchange_failure',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultMatch {
  readonly method?: string;
  /** `*` stands for any characters. Without it, every path but those of the control API. */
  readonly path?: string;
  /** Only requests with a token of this teammate. */
  readonly teammate_id?: string;
}

export interface Fault extends FaultRecipe {
  readonly id: string;
  readonly match: FaultMatch;
  /** How often it is still played; null until it is deleted. */
  remaining: number | null;
  /** The request takes effect first and only the answer is spoilt: a reply that was sent and whose answer was lost. */
  readonly after_effect: boolean;
}

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly teammateId: string | null;
}

/** The faults that are waiting for a request, in the order in which they were set. */
export class FaultList {
  private faults: Fault[] = [];
  private count = 0;

  add(recipe: FaultRecipe, match: FaultMatch, times: number | null, afterEffect: boolean): Fault {
    const fault = { ...recipe, id: `fault_${(this.count += 1)}`, match, remaining: times, after_effect: afterEffect };
    this.faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  clear(): void {
    this.faults = [];
  }

  remove(id: string): boolean {
    const before = this.faults.length;
    this.faults = this.faults.filter((fault) => fault.id !== id);
    return this.faults.length < before;
  }

  /** The first fault that fits the request, used up by one. */
  take(target: FaultTarget): Fault | null {
    const fault = this.faults.find((candidate) => matches(candidate, target));
    if (fault === undefined) return null;
    if (fault.remaining !== null) {
      fault.remaining -= 1;
      if (fault.remaining === 0) this.remove(fault.id);
    }
    return fault;
  }
}

function matches({ kind, match }: Fault, target: FaultTarget): boolean {
  const path = match.path ?? (kind === 'token_exchange_failure' ? '/auth/eagle/token' : '*');
  return (
    (match.method === undefined || match.method.toUpperCase() === target.method) &&
    (match.teammate_id === undefined || match.teammate_id === target.teammateId) &&
    glob(path).test(target.path)
  );
}

function glob(pattern: string): RegExp {
  const escaped = pattern.split('*').map((literal) => literal.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`);
}
