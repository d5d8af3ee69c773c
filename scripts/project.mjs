import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const inRoot = (...path) => join(root, ...path);

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What a person should read and act on; ends the process without a stack trace. */
export class Stop extends Error {}

/** Whether the file is the program that was started, rather than imported. */
export const isProgram = (url) => process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];

/**
 * Runs a program to its end in the project's root and returns its exit code.
 * Signals that would end us are passed on to it, so that we outlive it and can clean up.
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
  const pass = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

/** Runs the main function of a script; its number becomes the exit code. */
export async function main(work) {
  try {
    const code = await work();
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
