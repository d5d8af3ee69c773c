import { FaultList, type FaultMatch } from './fault-list.js';

const REQUEST = { method: 'POST', path: '/conversations/12/reply', teammateId: '7' };

describe('FaultList', () => {
  it.each<[FaultMatch, boolean]>([
    [{}, true],
    [{ method: 'post' }, true],
    [{ method: 'GET' }, false],
    [{ path: '/conversations/*' }, true],
    [{ path: '/conversations/*/reply' }, true],
    [{ path: '/conversations' }, false],
    [{ path: '/conversations.12.reply' }, false],
    [{ teammate_id: '7' }, true],
    [{ teammate_id: '8' }, false],
    [{ method: 'POST', path: '*reply', teammate_id: '7' }, true],
  ])('with match %j fits the request: %s', (match, fits) => {
    const faults = new FaultList();
    faults.add({ kind: 'hang' }, match, null, false);
    expect(faults.take(REQUEST) !== null).toBe(fits);
  });

  it('forgets a fault once it was played as often as asked', () => {
    const faults = new FaultList();
    faults.add({ kind: 'hang' }, {}, 2, false);
    expect([faults.take(REQUEST), faults.take(REQUEST), faults.take(REQUEST)].map((fault) => fault?.kind)).toEqual([
      'hang',
      'hang',
      undefined,
    ]);
    expect(faults.list()).toEqual([]);
  });

  it('lets a failing exchange concern the token endpoint only', () => {
    const faults = new FaultList();
    faults.add({ kind: 'token_exchange_failure' }, {}, null, false);
    expect(faults.take(REQUEST)).toBeNull();
    expect(faults.take({ method: 'POST', path: '/auth/eagle/token', teammateId: null })).not.toBeNull();
  });
});
