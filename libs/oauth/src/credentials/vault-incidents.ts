import type { RequestContext } from '#app/kernel';
import { VaultOpenError } from '#app/vault';
import { Injectable } from '@nestjs/common';
import { LifecycleEvents, type EventSubject } from '../lifecycle-events.js';
import { secretUnreadable } from '../oauth.errors.js';

/** A stored secret that does not open was changed, moved or damaged. It is an incident, and is recorded as one. */
@Injectable()
export class VaultIncidents {
  constructor(private readonly events: LifecycleEvents) {}

  /** Runs `open`; when it finds a secret that does not open, records that and throws `not_available`. */
  async watch<T>(ctx: RequestContext, subject: EventSubject, what: string, open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (cause) {
      if (!(cause instanceof VaultOpenError) && !(cause instanceof DamagedCredential)) throw cause;
      const detail = { stored: what };
      const reason = cause instanceof VaultOpenError ? cause.reason : 'malformed';
      await this.events.record(ctx, 'vault.open_failed', subject, { reason, detail });
      throw secretUnreadable(what, cause);
    }
  }
}

/** A stored credential that is not in our format. */
export class DamagedCredential extends Error {
  constructor() {
    super('A stored credential is not in a known format');
    this.name = 'DamagedCredential';
  }
}
