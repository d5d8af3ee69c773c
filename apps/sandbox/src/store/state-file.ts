import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { STATE_VERSION, type SandboxState } from './model.js';

const DEBOUNCE_MS = 200;

/**
 * Keeps the sandbox's state in one JSON file. Changes are gathered for a moment and written beside the file, then renamed
 * over it, so that a crash leaves the old state or the new one, never half of it.
 */
export class StateFile {
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private dirty = false;

  constructor(
    private readonly path: string | null,
    private readonly snapshot: () => SandboxState,
  ) {}

  /** Notes that something changed; it is on disk a moment later, or after {@link flush}. */
  changed(): void {
    this.dirty = true;
    if (this.path === null || this.timer !== null) return;
    this.timer = setTimeout(() => {
      // A failed write keeps the state dirty and is reported by the next flush, which somebody awaits.
      this.flush().catch(() => undefined);
    }, DEBOUNCE_MS);
  }

  /** Resolves once everything that changed until now is on disk. */
  async flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const write = this.writing.catch(() => undefined).then(() => this.writeIfDirty());
    this.writing = write;
    await write;
  }

  private async writeIfDirty(): Promise<void> {
    if (!this.dirty || this.path === null) return;
    this.dirty = false;
    try {
      await replaceFile(this.path, JSON.stringify(this.snapshot()));
    } catch (cause) {
      this.dirty = true;
      throw new Error(
        `The sandbox cannot write its state to ${this.path}: check that its folder exists and may be written`,
        {
          cause,
        },
      );
    }
  }
}

/** Reads a state file. Null when there is none yet; an error that says what to do when it cannot be used. */
export async function readStateFile(path: string): Promise<SandboxState | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`The sandbox cannot read its state from ${path}`, { cause });
  }
  return parseState(path, text);
}

function parseState(path: string, text: string): SandboxState {
  const advice = `delete ${path} to start with fresh data (every connection made with the sandbox must then be made again)`;
  let state: { readonly version?: unknown } | null;
  try {
    state = JSON.parse(text) as { readonly version?: unknown } | null;
  } catch (cause) {
    throw new Error(`The sandbox's state file is not JSON: ${advice}`, { cause });
  }
  if (state?.version !== STATE_VERSION) {
    throw new Error(`The sandbox's state file is of another version than ${STATE_VERSION}: ${advice}`);
  }
  return state as SandboxState;
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeDurably(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
