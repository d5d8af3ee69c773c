import type { RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { RefreshKit } from '../../test/refresh-kit.js';
import { RefreshJournal } from './refresh-journal.js';
import type { RefreshLease } from './refresh-lease.js';
import type { RefreshSubject } from './refresh-subject.js';

describe('RefreshJournal', () => {
  let kit: RefreshKit;
  let ctx: RequestContext;
  let subject: RefreshSubject;
  let lease: RefreshLease;

  beforeAll(async () => {
    kit = await RefreshKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connect(ctx, 'ada');
    const { tenantId, id, connectionId, identifier, version } = await kit.account(ctx, 'ada');
    subject = { tenantId, id, connectionId, identifier, version, generation: 0 };
    const taken = await journal().take(subject);
    if (taken === null) throw new Error('Somebody has the lease');
    lease = taken;
  });

  const journal = (): RefreshJournal => kit.node.get(RefreshJournal);
  const begin = async (): Promise<unknown> => [await journal().begin(subject, lease), (await kit.journal(ctx)).state];

  it('R2 lets nobody send a token with a lease of which too little is left, though nobody else has it', async () => {
    const { leaseMs, sendMarginMs } = kit.node.timings;
    await kit.letPass(ctx, leaseMs - sendMarginMs);
    expect(await begin()).toEqual([false, 'ready']);
    await journal().renew(subject, lease);
    expect(await begin()).toEqual([true, 'sending']);
  });

  it('R5 lets nobody send the token of an account that was disconnected while the lease was held', async () => {
    await kit.node.get(ConnectedAccountsService).disconnect(ctx, subject.id);
    expect(await begin()).toEqual([false, 'ready']);
  });
});
