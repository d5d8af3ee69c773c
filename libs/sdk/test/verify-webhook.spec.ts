import { createHmac, randomBytes } from 'node:crypto';
import { isGatehouseError, verifyWebhook } from '../src/index.js';

const NOW = 1_800_000_000;
const key = randomBytes(24);
const secret = `whsec_${key.toString('base64')}`;
const body = JSON.stringify({ id: 'evt_1', type: 'connected_account.created', data: { name: 'Zoë' } });
const now = (): number => NOW * 1000;

const sign = (text: string, by = key, timestamp: number | string = NOW): string =>
  `v1,${createHmac('sha256', by).update(`msg_1.${timestamp}.${text}`).digest('base64')}`;
const headers = (more: Record<string, string> = {}): Record<string, string> => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(NOW),
  'webhook-signature': sign(body),
  ...more,
});

describe('verifying a webhook', () => {
  it.each([
    ['an object', headers()],
    ['Headers', new Headers(headers())],
    [
      'another spelling',
      Object.fromEntries(Object.entries(headers()).map(([name, value]) => [name.toUpperCase(), value])),
    ],
  ])('returns its event, with headers as %s', async (_name, given) => {
    expect(await verifyWebhook(secret, given, body, { now })).toMatchObject({ id: 'evt_1' });
    expect(await verifyWebhook(secret, given, Buffer.from(body), { now })).toMatchObject({ data: { name: 'Zoë' } });
  });

  it('takes one good signature of several, and one good secret of several', async () => {
    const several = headers({ 'webhook-signature': `v1,AAAA v2,x ${sign(body, randomBytes(24))} ${sign(body)}` });
    const secrets = [`whsec_${randomBytes(24).toString('base64')}`, secret];
    expect(await verifyWebhook(secrets, several, body, { now })).toMatchObject({ id: 'evt_1' });
  });

  it.each<[string, Record<string, string>, string?]>([
    ['another body', headers(), body.replace('evt_1', 'evt_2')],
    ['another id', headers({ 'webhook-id': 'msg_2' })],
    ['a signature by another key', headers({ 'webhook-signature': sign(body, randomBytes(24)) })],
    ['a signature of another version', headers({ 'webhook-signature': sign(body).replace('v1,', 'v1a,') })],
    ['a signature that is none', headers({ 'webhook-signature': 'v1,***' })],
    ['a half signature', headers({ 'webhook-signature': sign(body).slice(0, 20) })],
    [
      'an old time',
      headers({ 'webhook-timestamp': String(NOW - 301), 'webhook-signature': sign(body, key, NOW - 301) }),
    ],
    [
      'a time to come',
      headers({ 'webhook-timestamp': String(NOW + 301), 'webhook-signature': sign(body, key, NOW + 301) }),
    ],
    ['a time that is none', headers({ 'webhook-timestamp': 'NaN', 'webhook-signature': sign(body, key, 'NaN') })],
    ['no signature', headers({ 'webhook-signature': '' })],
    ['a body that is not JSON', headers({ 'webhook-signature': sign('{') }), '{'],
  ])('refuses %s', async (_name, given, text = body) => {
    const error: unknown = await verifyWebhook(secret, given, text, { now }).catch((reason: unknown) => reason);
    expect(isGatehouseError(error) && error.code).toBe('invalid_webhook');
  });

  it('refuses a header that came twice', async () => {
    const twice = { ...headers(), 'webhook-signature': [sign(body), sign(body)] };
    await expect(verifyWebhook(secret, twice, body, { now })).rejects.toMatchObject({ code: 'invalid_webhook' });
  });

  it('names a secret that is none', async () => {
    await expect(verifyWebhook('whsec_', headers(), body, { now })).rejects.toThrow(TypeError);
  });
});
