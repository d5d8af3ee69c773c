import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { SandboxOptions } from './sandbox-options.js';

const USUAL_PORT = '3999';
const USUAL_CLIENT_ID = 'gatehouse-sandbox';

export interface Start {
  readonly options: SandboxOptions;
  /** The client secret when none was given and one had to be made up; the only case in which it is shown. */
  readonly generatedSecret: string | null;
}

/** Options from the parent process if there is one, else from the command line. */
export async function readStart(argv: readonly string[]): Promise<Start> {
  if (process.send !== undefined) return { options: parseStartMessage(await firstMessage()), generatedSecret: null };
  return readFlags(argv);
}

/** Checks the message with which a parent starts the sandbox. Throws an error that names what is wrong, and no value. */
export function parseStartMessage(message: unknown): SandboxOptions {
  const { type, options } = (message ?? {}) as { type?: unknown; options?: Partial<SandboxOptions> };
  if (type !== 'start' || typeof options !== 'object' || options === null) {
    throw new Error("The first message must be {type: 'start', options: {…}}");
  }
  for (const name of ['clientId', 'clientSecret'] as const) {
    if (typeof options[name] !== 'string' || options[name] === '') throw new Error(`options.${name} must be a string`);
  }
  return {
    ...(options as SandboxOptions),
    host: options.host ?? '127.0.0.1',
    port: portOf(options.port ?? 0, 'options.port'),
    stateFile: options.stateFile ?? null,
  };
}

function firstMessage(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    process.once('message', resolve);
    process.once('disconnect', () => reject(new Error('The parent process ended before it sent the start message')));
  });
}

async function readFlags(argv: readonly string[]): Promise<Start> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: USUAL_PORT },
      'state-file': { type: 'string' },
      'client-id': { type: 'string', default: USUAL_CLIENT_ID },
      'client-secret': { type: 'string' },
      'client-secret-stdin': { type: 'boolean', default: false },
      'redirect-uri': { type: 'string', multiple: true },
    },
  });
  const given = values['client-secret'] ?? (values['client-secret-stdin'] ? await firstLine() : null);
  const clientSecret = given ?? randomBytes(24).toString('base64url');
  const options: SandboxOptions = {
    host: values.host,
    port: portOf(Number(values.port), '--port'),
    stateFile: values['state-file'] ?? null,
    clientId: values['client-id'],
    clientSecret,
    ...(values['redirect-uri'] === undefined ? {} : { redirectUris: values['redirect-uri'] }),
  };
  return { options, generatedSecret: given === null ? clientSecret : null };
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line.trim();
  throw new Error('--client-secret-stdin was given, but standard input is empty');
}

function portOf(port: unknown, name: string): number {
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535)
    throw new Error(`${name} must be a number from 0 to 65535`);
  return Number(port);
}
