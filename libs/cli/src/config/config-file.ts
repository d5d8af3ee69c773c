import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError } from '../cli-error.js';

/** A configuration file as it was read. */
export interface ConfigFile {
  /** As the client names it. */
  readonly path: string;
  /** Where it really is: people keep such files elsewhere and link to them. */
  readonly target: string;
  /** Null when there is none. */
  readonly text: string | null;
}

export function readConfigFile(path: string): ConfigFile {
  try {
    const target = realpathSync(path);
    return {
      path,
      target,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(target)),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false }) === undefined)
      return { path, target: path, text: null };
    if (code === 'ENOENT')
      throw new CliError(`${path} is a link to a file that is not there. Mend or remove it first.`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new CliError(`${path} is not UTF-8 text, and would be damaged by a change. Save it as UTF-8 first.`);
    throw new CliError(`${path} can't be read (${message}).`);
  }
}

/**
 * Puts a new text in the place of the old one in one step, so that a crash leaves the one or the other, and after a copy of the
 * old one was made. Returns the path of the copy; null when there was no file.
 */
export function writeConfigFile(
  file: ConfigFile,
  text: string,
  options: { now: number; secret: boolean },
): string | null {
  const { target } = file;
  try {
    mkdirSync(dirname(target), { recursive: true });
    const backup = file.text === null ? null : backUp(target, options.now);
    const usual = options.secret ? 0o600 : 0o644;
    replace(file, text, statSync(target, { throwIfNoEntry: false })?.mode ?? usual);
    return backup;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${target} can't be written (${(error as Error).message}). Nothing was changed.`);
  }
}

function backUp(target: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  for (let attempt = 1; ; attempt++) {
    const backup = `${target}.backup-${stamp}${attempt === 1 ? '' : `-${attempt}`}`;
    try {
      copyFileSync(target, backup, constants.COPYFILE_EXCL);
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 100) throw error;
    }
  }
}

function replace({ path, target, text: was }: ConfigFile, text: string, mode: number): void {
  const fresh = join(dirname(target), `.${basename(target)}.${process.pid}.new`);
  const file = openSync(fresh, 'wx', mode & 0o777);
  try {
    try {
      writeFileSync(file, text);
      fchmodSync(file, mode & 0o777);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (readConfigFile(path).text !== was) throw new CliError(`${path} was changed meanwhile. Run the command again.`);
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
