import { SystemDatabase } from '#app/database';
import { CLOCK, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';

const TABLES = ['agent_tokens', 'agent_grants', 'oauth_server_records'] as const;

const DELETE_EXPIRED = TABLES.map((table) => ({
  name: `identity_delete_expired_${table}`,
  text: `DELETE FROM ${table} WHERE expires_at <= $1`,
}));

/** Removes tokens and permissions of agents that have run out, and what the OAuth server no longer needs. Safe to run on any node. */
@Injectable()
export class AgentsCleanup {
  constructor(
    private readonly system: SystemDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const now = new Date(this.clock.now());
    for (const statement of DELETE_EXPIRED) await this.system.query(statement, [now]);
  }
}
