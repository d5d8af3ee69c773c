import type { SystemDatabase } from '#app/database';
import { Metrics } from '#app/observability';
import type { VaultNode } from './create-vault.js';
import { VaultMetrics } from './vault-metrics.js';

describe('VaultMetrics', () => {
  it('tell how many data keys a change of the master key has still to wrap anew, whatever other keys wrap them', async () => {
    const wrapped = [
      { kekId: 'new', keys: 3 },
      { kekId: 'old', keys: 2 },
      { kekId: 'older', keys: 5 },
    ];
    const query = async ({ name }: { name: string }) => (name === 'vault_count_wrapped_keys' ? wrapped : []);
    const node = { vault: { counts: {} }, management: { rowsLeft: new Map(), masterKeyId: async () => 'new' } };
    const metrics = new Metrics();
    new VaultMetrics(metrics, { query } as unknown as SystemDatabase, node as unknown as VaultNode).onModuleInit();
    const text = await metrics.registry.metrics();
    expect(text).toContain('gatehouse_data_keys_wrapped{master_key="current"} 3\n');
    expect(text).toContain('gatehouse_data_keys_wrapped{master_key="other"} 7\n');
  });
});
