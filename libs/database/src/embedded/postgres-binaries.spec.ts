import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { locateBinaries } from './postgres-binaries.js';

describe('locateBinaries', () => {
  it('finds the programs of this platform', () => {
    const { native } = locateBinaries();
    for (const program of ['postgres', 'initdb']) expect(existsSync(join(native, 'bin', program))).toBe(true);
  });

  it.each(['win32-x64', 'sunos-x64', 'linux-ia32'])('says what to do on %s, for which there are none', (platform) => {
    expect(() => locateBinaries(platform)).toThrow(/does not run on .*Point DATABASE_URL to a Postgres server/);
  });

  it('says what to do when they are not installed', () => {
    const other = process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64';
    expect(() => locateBinaries(other)).toThrow(/are not installed.*npm ci --include=optional.*DATABASE_URL/);
  });
});
