import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { PostgresRuntime } from './postgres-runtime.js';

/** Interrupts a process of Postgres when we die, however that happens. */
export interface Guard {
  /** Interrupts it now. */
  trigger(): void;
  /** The process has ended; nothing is left to guard. */
  dismiss(): void;
}

/**
 * A shell that reads from a pipe nobody writes to. The kernel closes our end when this process is gone, `kill -9` included;
 * then the shell sends SIGINT, which Postgres takes for a fast shutdown.
 * It runs in a session of its own, so that Ctrl-C in the terminal doesn't end it before its time.
 */
export function guard(child: ChildProcess, runtime: PostgresRuntime): Guard {
  const script = 'while read -r _; do :; done; kill -INT "$1"';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(child.pid)], {
    ...runtime.spawnOptions,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  (watcher.stdin as Socket | null)?.unref();
  watcher.on('error', () => watcher.stdin?.destroy());
  return {
    trigger: () => watcher.stdin?.destroy(),
    dismiss: () => {
      // Killed before its pipe closes: the number of the process may soon belong to another.
      watcher.kill('SIGKILL');
      watcher.stdin?.destroy();
    },
  };
}
