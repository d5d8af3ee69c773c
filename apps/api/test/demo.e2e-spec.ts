import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '#app/config';

describe('npm run demo', () => {
  it('tells the whole story on an instance of its own, and every step holds', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(projectRoot(), 'dist/apps/demo/src/main.js')],
      {
        env: { PATH: process.env['PATH'] ?? '' },
      },
    );
    expect(stdout).toContain('Every step held.');
    expect(stdout).not.toContain('✗');
    expect(stdout.match(/✓/g)?.length).toBeGreaterThanOrEqual(15);
  });
});
