import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '#app/kernel';
import { MasterKey } from './master-key.js';

const fromEnvironment = (text: string): MasterKey => new MasterKey({ from: 'environment', key: new Secret(text) });

describe('MasterKey', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-key-'));
    path = join(folder, 'data', 'master.key');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const fromFile = (): MasterKey => new MasterKey({ from: 'file', path });

  it('makes a file of 32 random bytes that only its owner can read', async () => {
    await fromFile().getOrCreate();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toHaveLength(32);
    expect(await readdir(join(folder, 'data'))).toEqual(['master.key']);
  });

  it('keeps the file it finds', async () => {
    const { keyId } = await fromFile().getOrCreate();
    const before = await readFile(path);
    expect((await fromFile().getOrCreate()).keyId).toBe(keyId);
    expect(await readFile(path)).toEqual(before);
  });

  it('ends in one key when several processes make the file at once', async () => {
    const providers = await Promise.all(Array.from({ length: 20 }, () => fromFile().getOrCreate()));
    expect(new Set(providers.map(({ keyId }) => keyId)).size).toBe(1);
    expect(await readdir(join(folder, 'data'))).toEqual(['master.key']);
  });

  it('V7 does not make a file where a key is expected', async () => {
    expect(await fromFile().find()).toBeNull();
    await expect(fromFile().get()).rejects.toThrow(`the file ${path} does not exist`);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o666, 0o620, 0o602])(
    'refuses a file of mode %i, which others may read or write',
    async (mode) => {
      await fromFile().getOrCreate();
      await chmod(path, mode);
      await expect(fromFile().get()).rejects.toThrow(`chmod 600 ${path}`);
    },
  );

  it('says what to do when the file can’t be made', async () => {
    path = join(folder, 'file', 'master.key');
    await writeFile(join(folder, 'file'), '');
    await expect(fromFile().getOrCreate()).rejects.toThrow(/master key file .* can't be .*\(E\w+\)/);
  });

  const malformed = [
    '',
    'secret',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    randomBytes(32).toString('hex'),
    `${randomBytes(32).toString('base64').slice(0, 42)}B=`,
    Buffer.alloc(32, 0xff).toString('base64url'),
  ];
  it.each(malformed)('refuses a malformed key and does not repeat it: %j', async (text) => {
    const error: unknown = await fromEnvironment(text)
      .get()
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('GATEHOUSE_MASTER_KEY is malformed: it must be 32 bytes in base64');
    expect(inspect(error)).not.toContain(text === '' ? '\0' : text);
    await fromFile().getOrCreate();
    await writeFile(path, text);
    await expect(fromFile().get()).rejects.toThrow(`${path} is malformed`);
  });

  it('takes the same key from the environment as from a file', async () => {
    const { keyId } = await fromFile().getOrCreate();
    expect((await fromEnvironment((await readFile(path, 'utf8')).trim()).get()).keyId).toBe(keyId);
  });

  it('looks again after a failure', async () => {
    const key = fromFile();
    await expect(key.get()).rejects.toThrow('does not exist');
    await fromFile().getOrCreate();
    expect((await key.get()).keyId).toMatch(/^local:/);
  });
});
