import type { AccountForCall } from './connected-account.js';
import { chooseAccount } from './choose-account.js';

const account = (connectionName: string, connector = 'intercom'): AccountForCall =>
  ({ id: `ca_${connectionName}`, connectionName, connector }) as unknown as AccountForCall;

describe('chooseAccount', () => {
  const support = account('support');
  const sales = account('sales');

  it('takes the only account of the connector', () => {
    expect(chooseAccount([support], { identifier: 'u' }, 'intercom')).toBe(support);
  });

  it('names the candidates in order when several fit', () => {
    expect(() => chooseAccount([support, sales], { identifier: 'u' }, 'intercom')).toThrow(/connector: sales, support/);
  });

  it('takes the one on the named connection', () => {
    expect(chooseAccount([support, sales], { identifier: 'u', connection: 'sales' }, 'intercom')).toBe(sales);
  });

  it('takes the id of the connector for its only connection', () => {
    expect(chooseAccount([support], { identifier: 'u', connection: 'intercom' }, 'intercom')).toBe(support);
    expect(() => chooseAccount([support, sales], { identifier: 'u', connection: 'intercom' }, 'intercom')).toThrow(
      /several/,
    );
  });

  it('takes a connection that is named like its connector before any other of that connector', () => {
    const namesake = account('intercom');
    expect(chooseAccount([support, namesake], { identifier: 'u', connection: 'intercom' }, 'intercom')).toBe(namesake);
  });

  it('finds nothing on another connector or another connection, and says how to connect', () => {
    expect(() => chooseAccount([support], { identifier: 'u' }, 'zendesk')).toThrow(/magic_link/);
    expect(() => chooseAccount([support], { identifier: 'u', connection: 'zendesk' }, 'intercom')).toThrow(
      /"u" on "zendesk"/,
    );
  });
});
