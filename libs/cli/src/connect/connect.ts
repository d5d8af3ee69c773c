import { CliError } from '../cli-error.js';
import { CLIENTS } from '../clients/all-clients.js';
import type { ClientId, Scope } from '../clients/client.js';
import { readConfigFile, writeConfigFile } from '../config/config-file.js';
import { formatOf, withServer } from '../config/edit-config.js';
import { mergeServer } from '../config/merge-server.js';
import type { Machine } from '../machine.js';
import { isServerName, isVariableName, nameFromUrl, type Server } from '../server.js';
import { problemOfUrl } from '../server-url.js';

export interface ConnectOptions {
  readonly client: ClientId;
  readonly url: string;
  readonly name?: string | undefined;
  readonly scope?: Scope | undefined;
  readonly tokenEnv?: string | undefined;
  readonly print?: boolean | undefined;
  readonly replace?: boolean | undefined;
}

/** Tells a client of a server, in the client's own file; or prints what would stand there. */
export function connect(options: ConnectOptions, machine: Machine): void {
  const client = CLIENTS[options.client];
  const server = serverOf(options);
  const scope = options.scope ?? client.usualScope;
  const path = client.file(scope, machine);
  const merge = { client, server, replace: options.replace === true };
  if (options.print === true) {
    machine.tell(`For ${path}:\n`);
    return machine.print(formatOf(client).write(mergeServer({}, merge)));
  }
  const file = readConfigFile(path);
  const text = withServer(file, merge);
  if (text === null) machine.tell(`${path} has ${server.name} already, just so. Nothing was changed.\n`);
  else {
    const backup = writeConfigFile(file, text, { now: machine.now(), secret: scope === 'user' });
    machine.tell(`${client.title} knows ${server.name} now: ${path}\n`);
    if (backup !== null) machine.tell(`What was there before is in ${backup}\n`);
  }
  machine.tell(`${client.next(server, scope)}\n`);
}

function serverOf({ url, name, tokenEnv }: ConnectOptions): Server {
  const problem = problemOfUrl(url);
  if (problem !== null) throw new CliError(problem);
  if (name !== undefined && !isServerName(name))
    throw new CliError('A name has letters, digits, "-" and "_", and at most 64 of them.');
  if (tokenEnv !== undefined && !isVariableName(tokenEnv))
    throw new CliError(
      '--token-env takes the name of an environment variable, as in GATEHOUSE_TOKEN. The token itself belongs into that variable, ' +
        'not into a command line or a file.',
    );
  return { name: name ?? nameFromUrl(url), url, tokenEnv: tokenEnv ?? null };
}
