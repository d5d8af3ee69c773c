import { NetworkGuard } from './network-guard.js';
import { ScriptedServer } from './scripted-server.js';

describe('the network guard', () => {
  const guard = new NetworkGuard();
  beforeAll(() => guard.install());
  afterAll(() => guard.remove());

  it('refuses what leaves this machine, by whatever name, and remembers it', async () => {
    await expect(fetch('http://192.0.2.1/')).rejects.toThrow('fetch failed');
    await expect(fetch('https://api.example.com/')).rejects.toThrow('fetch failed');
    expect(guard.violations).toEqual(['192.0.2.1', 'api.example.com']);
  });

  it('lets through what stays', async () => {
    const server = await ScriptedServer.start();
    expect((await fetch(`${server.url}/oauth/token`)).status).toBe(200);
    expect((await fetch(`${server.url.replace('127.0.0.1', 'localhost')}/oauth/token`)).status).toBe(200);
    await server.close();
    expect(guard.violations).toHaveLength(2);
  });
});
