import { CLOCK, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { OAuthSettings } from '../oauth-settings.js';

const TEN_MINUTES = 10 * 60_000;

/** When the things of a connect flow end. */
@Injectable()
export class ConnectTimes {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly settings: OAuthSettings,
  ) {}

  now(): Date {
    return new Date(this.clock.now());
  }

  isPast(moment: Date): boolean {
    return moment.getTime() <= this.clock.now();
  }

  linkExpiry(): Date {
    return this.after(this.settings.linkTtlMs);
  }

  /** A `state` lives as long as a link would, and never longer than ten minutes. */
  flowExpiry(): Date {
    return this.after(Math.min(this.settings.linkTtlMs, TEN_MINUTES));
  }

  verificationExpiry(): Date {
    return this.after(TEN_MINUTES);
  }

  after(milliseconds: number): Date {
    return new Date(this.clock.now() + milliseconds);
  }

  /** Links older than this carry no flow that could still come back, so they may go. */
  forgettableLinks(): Date {
    return this.after(-TEN_MINUTES);
  }
}
