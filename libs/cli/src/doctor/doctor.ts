import { CLIENTS } from '../clients/all-clients.js';
import type { ClientId } from '../clients/client.js';
import type { Machine } from '../machine.js';
import { problemOfUrl } from '../server-url.js';
import { checkConfig } from './check-config.js';
import { checkServer } from './check-server.js';
import { checkAccess, checkClaims } from './check-token.js';
import { fault, type Finding } from './finding.js';

export interface DoctorOptions {
  readonly url: string;
  readonly client?: ClientId | undefined;
  readonly tokenEnv?: string | undefined;
  readonly call?: boolean | undefined;
}

/** Looks at everything between a client and a server, and says what is wrong and how to mend it. True when nothing is. */
export async function doctor(options: DoctorOptions, machine: Machine): Promise<boolean> {
  let faults = 0;
  for await (const finding of examine(options, machine)) {
    machine.print(`${finding.kind === 'fault' ? 'WRONG' : finding.kind.toUpperCase().padEnd(5)}  ${finding.text}\n`);
    if (finding.kind !== 'fault') continue;
    machine.print(`       → ${finding.mend}\n`);
    faults++;
  }
  machine.print(
    faults === 0 ? 'Nothing is wrong.\n' : `${faults === 1 ? 'One thing is' : `${faults} things are`} wrong.\n`,
  );
  return faults === 0;
}

async function* examine({ url, client, tokenEnv, call }: DoctorOptions, machine: Machine): AsyncGenerator<Finding> {
  const problem = problemOfUrl(url);
  if (problem !== null) return yield fault(problem, 'Run the command again with the right URL.');
  if (client !== undefined) yield* checkConfig(CLIENTS[client], { url, tokenEnv }, machine);
  yield* checkServer(url, machine.now());
  if (tokenEnv === undefined) return;
  const token = (machine.env[tokenEnv] ?? '').trim();
  if (token === '') return yield fault(`${tokenEnv} is not set here.`, 'Set it to the token.');
  yield* checkClaims(url, token, machine.now());
  yield* checkAccess(url, token, call === true);
}
