import type { ProviderHttp, ProviderRequest } from '#app/connector-kit';
import { recheckAccount } from './recheck-account.js';

const request = { method: 'GET', path: '/', query: [], headers: {}, write: false } as unknown as ProviderRequest;

describe('recheckAccount', () => {
  let sent: number;
  let unchanged: boolean;
  let asked: number;
  let http: ProviderHttp;

  beforeEach(() => {
    [sent, asked, unchanged] = [0, 0, true];
    const inner = {
      send: async () => ({ status: 200, headers: {}, body: Buffer.from(`${++sent}`) }),
      redact: (text: string) => `<${text}>`,
    };
    http = recheckAccount(inner, async () => {
      asked += 1;
      return unchanged;
    });
  });

  const send = (): Promise<unknown> => http.send(request, { timeoutMs: 1_000 });

  it('asks nothing for the first request, which follows admission, and before each one after', async () => {
    await send();
    expect(asked).toBe(0);
    await send();
    await send();
    expect([asked, sent]).toEqual([2, 3]);
  });

  it('sends nothing more once the account has changed', async () => {
    await send();
    unchanged = false;
    await expect(send()).rejects.toMatchObject({ code: 'conflict' });
    expect(sent).toBe(1);
  });

  it('redacts as the client it stands for', () => {
    expect(http.redact('x')).toBe('<x>');
  });

  it('lets the credential be renewed where the client can, and looks at the account before it is used', async () => {
    expect('renew' in http).toBe(false);
    const renewable = { send: () => http.send(request, { timeoutMs: 1 }), redact: String, renew: async () => true };
    const checked = recheckAccount(renewable, async () => unchanged);
    await checked.send(request, { timeoutMs: 1 });
    expect(await checked.renew?.()).toBe(true);
    unchanged = false;
    await expect(checked.send(request, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'conflict' });
  });
});
