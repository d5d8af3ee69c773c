import { newOpaqueToken, OAuthSettings } from '#app/oauth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectCookies } from './connect-cookies.js';

const cookiesAt = (publicUrl: string): ConnectCookies =>
  new ConnectCookies(new OAuthSettings(publicUrl, 600_000, 1000, 1000));

/** What was set: name, value, attributes. */
function recorder(): { reply: FastifyReply; set: unknown[][] } {
  const set: unknown[][] = [];
  return { reply: { setCookie: (...args: unknown[]) => set.push(args) } as unknown as FastifyReply, set };
}

const withCookies = (cookies: Record<string, string>): FastifyRequest => ({ cookies }) as unknown as FastifyRequest;

describe('ConnectCookies', () => {
  const value = newOpaqueToken();

  it('is a Secure __Host- cookie behind https', () => {
    const { reply, set } = recorder();
    cookiesAt('https://gate.example').setBrowser(reply, value);
    const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: true, maxAge: 3600 };
    expect(set).toEqual([['__Host-gatehouse-connect', value, attributes]]);
  });

  it('has a plain name on plain http, where browsers would drop a Secure cookie', () => {
    const { reply, set } = recorder();
    cookiesAt('http://127.0.0.1:3000').setBrowser(reply, value);
    expect(set[0]).toMatchObject(['gatehouse-connect', value, { secure: false, httpOnly: true }]);
  });

  it('reads only what it could have set, under the name of its own scheme', () => {
    const cookies = cookiesAt('https://gate.example');
    expect(cookies.readBrowser(withCookies({ '__Host-gatehouse-connect': value }))).toBe(value);
    expect(cookies.readBrowser(withCookies({ 'gatehouse-connect': value }))).toBeNull();
    expect(cookies.readBrowser(withCookies({ '__Host-gatehouse-connect': 'planted' }))).toBeNull();
    expect(cookies.readBrowser(withCookies({}))).toBeNull();
  });

  it('carries who was connected to the page that says so', () => {
    const cookies = cookiesAt('http://127.0.0.1:3000');
    const { reply, set } = recorder();
    const connected = { provider: 'Intercom', label: 'ada@exämple.com', identifier: 'user_1', tenantName: 'Äcme' };
    cookies.setConnected(reply, connected);
    const request = withCookies({ 'gatehouse-connected': String(set[0]?.[1]) });
    expect(cookies.readConnected(request)).toEqual(connected);
    expect(cookies.readConnected(withCookies({ 'gatehouse-connected': '' }))).toBeNull();
  });
});
