import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataDir } from './data-dir-lock.js';
import { ownIdentity, type ProcessIdentity } from './process-table.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const locks = (): string[] => readdirSync(dataDir);

/** The file that another process would have left. */
function leaveLock(identity: Partial<ProcessIdentity>): string {
  const file = join(dataDir, 'postgres-00000000deadbeef.lock');
  writeFileSync(file, JSON.stringify({ ...ownIdentity(), ...identity }));
  return file;
}

describe('lockDataDir', () => {
  it('refuses a second one while the first lives, and names its process', async () => {
    const lock = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toThrow(`in use by process ${process.pid}`);
    expect(locks()).toHaveLength(1);
    lock.release();
  });

  it('leaves nothing behind when it is released, and can be taken again', async () => {
    const first = await lockDataDir(dataDir);
    first.release();
    expect(locks()).toEqual([]);
    const second = await lockDataDir(dataDir);
    second.release();
  });

  it('lets no two in that ask at the same time', async () => {
    const asked = await Promise.allSettled([1, 2, 3, 4, 5].map(() => lockDataDir(dataDir)));
    const held = asked.filter((outcome) => outcome.status === 'fulfilled');
    expect(held.length).toBeLessThanOrEqual(1);
    for (const { value } of held) value.release();
  });

  it('takes over from a process that has died', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']);
    leaveLock({ pid: dead.pid });
    const lock = await lockDataDir(dataDir);
    expect(locks()).toHaveLength(1);
    lock.release();
  });

  it('takes over when the number of the dead process belongs to another one now', async () => {
    leaveLock({ pid: process.pid, started: 'long ago' });
    const lock = await lockDataDir(dataDir);
    expect(locks()).toHaveLength(1);
    lock.release();
  });

  it('takes over a file that a power cut left empty', async () => {
    writeFileSync(join(dataDir, 'postgres-00000000deadbeef.lock'), '');
    const lock = await lockDataDir(dataDir);
    expect(locks()).toHaveLength(1);
    lock.release();
  });

  it('respects a holder in another container for as long as that gives signs of life', async () => {
    const file = leaveLock({ world: 'another container', pid: 7 });
    const heartbeat = setInterval(() => utimesSync(file, new Date(), new Date()), 20);
    try {
      await expect(lockDataDir(dataDir, 500)).rejects.toThrow('process 7 in another container');
    } finally {
      clearInterval(heartbeat);
    }
  });

  it('takes over from a holder in another container that has fallen silent', async () => {
    const file = leaveLock({ world: 'another container', pid: 7 });
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);
    const lock = await lockDataDir(dataDir);
    expect(JSON.parse(readFileSync(join(dataDir, locks()[0] as string), 'utf8'))).toEqual(ownIdentity());
    lock.release();
  });
});
