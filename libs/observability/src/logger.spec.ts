import { Secret } from '#app/kernel';
import { createLogger } from './logger.js';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  write(createLogger('trace', { write: (line: string) => (text += line) }));
  return text;
}

describe('the log', () => {
  const canary = 'canary-4f1c';

  it('drops what sits under a sensitive key, at any depth', () => {
    const text = linesOf((log) => {
      log.info({ authorization: canary, request: { headers: { cookie: canary }, query: { code: canary } } }, 'x');
      log.info({ list: [{ access_token: canary, clientSecret: canary }] }, 'x');
    });
    expect(text).not.toContain(canary);
    expect(text).toContain('[redacted]');
  });

  it('drops a Secret wherever it stands', () => {
    expect(linesOf((log) => log.info({ anything: new Secret(canary) }, String(new Secret(canary))))).not.toContain(
      canary,
    );
  });

  it('keeps the own properties of an error out, and its message and cause in', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), {
      parameters: [canary],
      code: '23505',
    });
    const text = linesOf((log) => log.error({ err: error }, 'failed'));
    expect(text).not.toContain(canary);
    expect(text).toMatch(/outer.*inner/s);
    expect(text).toContain('23505');
  });

  it('survives a cycle', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(linesOf((log) => log.info(cyclic, 'x'))).toContain('[deep]');
  });

  it('listens for the end of the process once, however many loggers write to standard output', () => {
    const before = process.listenerCount('exit');
    for (let n = 0; n < 3; n++) createLogger('silent');
    expect(process.listenerCount('exit') - before).toBe(1);
  });
});
