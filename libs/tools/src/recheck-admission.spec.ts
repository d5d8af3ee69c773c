import type { RefusalReason } from '#app/audit';
import type { ProviderHttp, ProviderRequest } from '#app/connector-kit';
import { recheckAdmission } from './recheck-admission.js';

const request = { method: 'GET', path: '/', query: [], headers: {}, write: false } as unknown as ProviderRequest;

describe('recheckAdmission', () => {
  let sent: number;
  let refused: RefusalReason | null;
  let asked: number;
  let http: ProviderHttp;

  beforeEach(() => {
    [sent, asked, refused] = [0, 0, null];
    const inner = {
      send: async () => ({ status: 200, headers: {}, body: Buffer.from(`${++sent}`) }),
      redact: (text: string) => `<${text}>`,
    };
    http = recheckAdmission(inner, async () => {
      asked += 1;
      return refused;
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

  it('sends nothing more once the call would not be admitted, and says why', async () => {
    await send();
    refused = 'client_disabled';
    await expect(send()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/^The API client was disabled/) as string,
      details: { reason: 'client_disabled' },
    });
    expect(sent).toBe(1);
  });

  it('redacts as the client it stands for', () => {
    expect(http.redact('x')).toBe('<x>');
  });

  it('lets the credential be renewed where the client can, and looks at the account before it is used', async () => {
    expect('renew' in http).toBe(false);
    const renewable = { send: () => http.send(request, { timeoutMs: 1 }), redact: String, renew: async () => true };
    const checked = recheckAdmission(renewable, async () => refused);
    await checked.send(request, { timeoutMs: 1 });
    expect(await checked.renew?.()).toBe(true);
    refused = 'account_changed';
    await expect(checked.send(request, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'conflict' });
  });
});
