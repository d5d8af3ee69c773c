import { newId } from '#app/kernel';
import type { SealBinding, SealedColumnParts, Vault } from '#app/vault';
import { WebhookSecrets } from './webhook-secrets.js';

type Column = SealedColumnParts<{ id: string; version: number }>;

describe('V2 the secrets of webhooks', () => {
  const [tenantId, id] = [newId('tenant'), newId('webhook')];
  const place = (version: number): SealBinding => ({
    tenantId,
    connectionId: '',
    accountId: id,
    kind: 'webhook_secret',
    version,
    generation: 0,
  });
  let bindings: SealBinding[];
  let columns: Column[];
  let secrets: WebhookSecrets;
  beforeEach(() => {
    [bindings, columns] = [[], []];
    const note = async (binding: SealBinding) => void bindings.push(binding);
    const vault = { seal: note, open: note, registerColumn: (column: Column) => void columns.push(column) };
    secrets = new WebhookSecrets(vault as unknown as Vault);
  });

  it('V2 are bound to their endpoint and version, the one before to the version before', async () => {
    await secrets.seal(tenantId, id, 7, 'whsec_x');
    const sealed = { secretSealed: Buffer.alloc(1), previousSecretSealed: Buffer.alloc(1) };
    await secrets.valid({ tenantId, id, secretVersion: 7, ...sealed, previousSecretUntil: new Date(1) }, 0);
    expect(bindings).toEqual([place(7), place(7), place(6)]);
  });

  it('V2 are sealed anew for the same places', () => {
    secrets.onModuleInit();
    expect(columns.map(({ select }) => select.version)).toEqual(['held.secret_version', 'held.secret_version - 1']);
    expect(columns.map((column) => column.bindings({ id, version: 7 }, tenantId))).toEqual([[place(7)], [place(7)]]);
  });
});
