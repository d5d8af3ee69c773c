import { createLogger } from '#app/observability';
import type { ProviderSignals } from '#app/oauth';
import { fastify } from 'fastify';
import { ProviderSignalsRoute, serveProviderSignals } from './provider-signals.route.js';

describe('ProviderSignalsRoute', () => {
  it('takes on no more than it can follow up, whoever posts, and says so', async () => {
    const waiting: (() => void)[] = [];
    const receive = () => new Promise<number>((resolve) => waiting.push(() => resolve(0)));
    const route = new ProviderSignalsRoute({ receive } as unknown as ProviderSignals, createLogger('silent'));
    const server = fastify();
    serveProviderSignals(server, () => route);
    const post = async () => server.inject({ method: 'POST', url: '/webhooks/provider/conn_x', body: 'a signal' });

    const answers = [];
    for (let count = 0; count < 105; count++) answers.push((await post()).statusCode);
    expect(answers.filter((status) => status === 202)).toHaveLength(100);
    expect(waiting).toHaveLength(100);
    expect(await post()).toMatchObject({ statusCode: 503, headers: { 'retry-after': '30' } });

    for (const done of waiting) done();
    await route.settled();
    expect((await post()).statusCode).toBe(202);
    waiting.at(-1)?.();
    await route.settled();
    await server.close();
  });
});
