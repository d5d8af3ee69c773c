import { Injectable } from '@nestjs/common';
import type { RefreshResult } from '../entities/credential-refresh.entity.js';

/** `lost`: could not be stored; `discarded`: the account had moved on when the answer came. */
export type CountedRefresh = RefreshResult | 'lost' | 'discarded';

/** How the refreshes of this node have ended since it started. */
@Injectable()
export class RefreshCounts {
  private readonly counts: Record<CountedRefresh, number> = {
    refreshed: 0,
    provider_unavailable: 0,
    app_refused: 0,
    no_answer: 0,
    reconnect_needed: 0,
    lost: 0,
    discarded: 0,
  };

  add(result: CountedRefresh): void {
    this.counts[result] += 1;
  }

  all(): [result: string, count: number][] {
    return Object.entries(this.counts);
  }
}
