import { CLOCK, type ClientId, type Clock, type RequestContext } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { KnownClient } from './client-directory.js';
import { IDENTITY_JOURNAL, type IdentityJournal } from './identity-journal.js';

const PER_CLIENT_AND_MINUTE = 10;

/**
 * Records refused token requests in the trail of the client's tenant. Whoever knows a client id can cause them, so a node
 * writes no more than so many for one client and minute; the log counts the rest.
 */
@Injectable()
export class RefusalRecords {
  private minute = 0;
  /** Refusals of this minute. Of clients that exist, so that strangers can't make it grow. */
  private readonly counts = new Map<ClientId, number>();

  constructor(
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Once this resolves, the record is durable, or in the log where the trail did not take it: a refusal is told all the same. Whoever got
   * another answer than for a client that does not exist would know that this one does.
   */
  async record(
    { tenantId, caller: { clientId } }: KnownClient,
    { requestId, source }: Pick<RequestContext, 'requestId' | 'source'>,
  ): Promise<void> {
    const unrecorded = this.count(clientId) - PER_CLIENT_AND_MINUTE;
    if (unrecorded > 0) {
      const fields = { tenant_id: tenantId, client_id: clientId, request_id: requestId, unrecorded };
      this.logger.warn(fields, 'Too many refused token requests of one client in a minute: not in the audit trail');
      return;
    }
    const refusal = { type: 'api_client.token_refused', clientId, status: 'failure' } as const;
    try {
      await this.journal.record({ tenantId, requestId, source, ...refusal });
    } catch (error) {
      const fields = { err: error, tenant_id: tenantId, client_id: clientId, request_id: requestId };
      this.logger.error(fields, 'A refused token request could not be recorded: not in the audit trail');
    }
  }

  private count(clientId: ClientId): number {
    const minute = Math.floor(this.clock.now() / 60_000);
    if (minute !== this.minute) this.counts.clear();
    this.minute = minute;
    const count = (this.counts.get(clientId) ?? 0) + 1;
    this.counts.set(clientId, count);
    return count;
  }
}
