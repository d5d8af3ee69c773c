import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MasterKeyError } from '../vault.errors.js';

const OTHERS = 0o077;
const POSIX = process.platform !== 'win32';

/** The text of the key file; null when there is none. Refuses a file that others on this machine may read. */
export async function readMasterKeyFile(path: string): Promise<string | null> {
  const file = await openExisting(path);
  if (file === null) return null;
  try {
    const { mode } = await file.stat();
    if (POSIX && (mode & OTHERS) !== 0)
      throw new MasterKeyError(
        `The master key file ${path} can be read or written by other users (mode ${(mode & 0o777).toString(8)}). ` +
          `Run: chmod 600 ${path}. If others had access to this machine, treat the key as known to them.`,
      );
    return (await file.readFile('utf8')).trim();
  } finally {
    await file.close();
  }
}

async function openExisting(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') return null;
    throw new MasterKeyError(
      `The master key file ${path} can't be read (${code}). Give it to the user that runs Gatehouse.`,
      {
        cause,
      },
    );
  }
}

/**
 * Makes the file with a new key, readable by its owner only, unless there is one already. It appears whole or not at all, and is
 * on the disk when this returns: what is sealed with a key that a power cut can take back would be lost.
 */
export async function createMasterKeyFile(path: string): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDurably(draft, `${randomBytes(32).toString('base64')}\n`);
    try {
      await link(draft, path);
    } catch (cause) {
      // Another process was quicker; its key is the one
      if (codeOf(cause) !== 'EEXIST') throw cause;
    } finally {
      await unlink(draft);
    }
    if (POSIX) await syncFolder(folder);
  } catch (cause) {
    throw new MasterKeyError(
      `The master key file ${path} can't be created (${codeOf(cause)}). ` +
        'Point GATEHOUSE_DATA_DIR to a folder that can be written to, or set GATEHOUSE_MASTER_KEY.',
      { cause },
    );
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** By its shape: an error of Node's own may come from another realm than our `Error`. */
const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
