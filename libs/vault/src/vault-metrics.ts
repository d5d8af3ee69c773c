import { SystemDatabase } from '#app/database';
import { Metrics, shared, type Measured } from '#app/observability';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { VaultNode } from './create-vault.js';
import type { KeyState } from './keyring/key-state.js';
import { VAULT_NODE } from './vault-node.js';

/** Keys of all tenants. */
interface KeyCount {
  readonly state: KeyState;
  readonly keys: number;
  /** The most seals that one of them has given out. */
  readonly seals: number;
}

const COUNT_KEYS = {
  name: 'vault_count_keys',
  text: `SELECT state, count(*)::float8 AS keys, max(seals_reserved)::float8 AS seals FROM tenant_keys GROUP BY state`,
};
const COUNT_WRAPPED = {
  name: 'vault_count_wrapped_keys',
  text: `SELECT kek_id AS "kekId", count(*)::float8 AS keys FROM tenant_keys WHERE state <> 'destroyed' GROUP BY kek_id`,
};
const STATES: readonly KeyState[] = ['staged', 'primary', 'retired', 'destroyed'];

/** What a scraper is told of seals and data keys. */
@Injectable()
export class VaultMetrics implements OnModuleInit {
  private readonly countKeys = shared(() => this.system.query<KeyCount>(COUNT_KEYS, []));

  constructor(
    private readonly metrics: Metrics,
    @Inject(SystemDatabase) private readonly system: Pick<SystemDatabase, 'query'>,
    @Inject(VAULT_NODE) private readonly node: Pick<VaultNode, 'vault' | 'management'>,
  ) {}

  onModuleInit(): void {
    this.measureRecords();
    this.measureKeys();
    this.measureWrapping();
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_sealed_rows_left',
      help: 'Rows that retired data keys still seal, of all tenants, as the last run of the job on this node left them',
      labels: ['store'],
      read: () => Array.from(this.node.management.rowsLeft, ([store, value]) => ({ labels: { store }, value })),
    });
  }

  private measureRecords(): void {
    this.metrics.measure({
      kind: 'counter',
      name: 'gatehouse_vault_records_total',
      help: 'Secrets that this node has sealed, opened, and found changed, moved or damaged',
      labels: ['action'],
      read: () => Object.entries(this.node.vault.counts).map(([action, value]) => ({ labels: { action }, value })),
    });
  }

  private measureKeys(): void {
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_data_keys',
      help: 'Data keys of all tenants by their state',
      labels: ['state'],
      read: async () => {
        const found = await this.countKeys();
        return STATES.map((state) => ({
          labels: { state },
          value: found.find((each) => each.state === state)?.keys ?? 0,
        }));
      },
    });
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_data_key_seals',
      help: 'Seals given out by the primary data key that has given out most; it is replaced at 2^30',
      read: async (): Promise<Measured[]> => {
        const found = await this.countKeys();
        return [{ value: found.find(({ state }) => state === 'primary')?.seals ?? 0 }];
      },
    });
  }

  /** How far a change of the master key has got. */
  private measureWrapping(): void {
    this.metrics.measure({
      kind: 'gauge',
      name: 'gatehouse_data_keys_wrapped',
      help: 'Data keys of all tenants by the master key that wraps them: the current one of this node, or another',
      labels: ['master_key'],
      read: async () => {
        const current = await this.node.management.masterKeyId();
        const found = await this.system.query<{ kekId: string; keys: number }>(COUNT_WRAPPED, []);
        const count = (wanted: boolean): number =>
          found.filter(({ kekId }) => (kekId === current) === wanted).reduce((sum, { keys }) => sum + keys, 0);
        return [
          { labels: { master_key: 'current' }, value: count(true) },
          { labels: { master_key: 'other' }, value: count(false) },
        ];
      },
    });
  }
}
