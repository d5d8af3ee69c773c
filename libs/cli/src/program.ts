import { Command, CommanderError, Option } from 'commander';
import { CliError } from './cli-error.js';
import { CLIENT_IDS, SCOPES } from './clients/client.js';
import { connect, type ConnectOptions } from './connect/connect.js';
import { doctor, type DoctorOptions } from './doctor/doctor.js';
import type { Machine } from './machine.js';
import { writeMarketplace, type MarketplaceOptions } from './marketplace/write-marketplace.js';
import { installedVersion } from './version.js';

/** Runs one command line (without the program itself) and returns its exit code. */
export async function runProgram(args: readonly string[], machine: Machine): Promise<number> {
  const program = new Command('gatehouse')
    .description('Connects coding agents to a Gatehouse server.')
    .version(installedVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => machine.print(text), writeErr: (text) => machine.tell(text) });
  addConnect(program, machine);
  addDoctor(program, machine);
  addMarketplace(program, machine);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!(error instanceof CliError)) throw error;
    machine.tell(`${error.message}\n`);
    return 1;
  }
}

function addConnect(program: Command, machine: Machine): void {
  program
    .command('connect')
    .description("Writes a server into a client's configuration, and leaves everything else there as it is.")
    .addOption(new Option('--client <client>', 'for which client').choices(CLIENT_IDS).makeOptionMandatory())
    .requiredOption('--url <url>', 'the server, as in https://gatehouse.example.com/intercom')
    .option('--name <name>', 'what the client calls it (default: after the URL)')
    .addOption(
      new Option('--scope <scope>', 'your own file, or one in this project (default: what is usual there)').choices(
        SCOPES,
      ),
    )
    .option('--token-env <variable>', 'the environment variable with a token, where users do not sign in')
    .option('--replace', 'overwrite a server of the same name')
    .option('--print', 'print what would be written, and write nothing')
    .action((options: ConnectOptions) => connect(options, machine));
}

function addDoctor(program: Command, machine: Machine): void {
  program
    .command('doctor')
    .description('Says what keeps a client from using a server, and how to mend it.')
    .requiredOption('--url <url>', 'the server, as in https://gatehouse.example.com/intercom')
    .addOption(new Option('--client <client>', 'look at the configuration of this client too').choices(CLIENT_IDS))
    .option('--token-env <variable>', 'try the token in this environment variable')
    .option('--call', 'call a tool too that only reads, which shows whether an account is connected')
    .action(async (options: DoctorOptions) => {
      if (!(await doctor(options, machine))) throw new CommanderError(1, 'doctor', 'Something is wrong.');
    });
}

function addMarketplace(program: Command, machine: Machine): void {
  program
    .command('marketplace')
    .description('Writes a Claude Code marketplace for your own server, with a plugin per URL.')
    .requiredOption('--url <url...>', 'the servers, as in https://gatehouse.example.com/intercom')
    .option('--out <folder>', 'where to', 'gatehouse-marketplace')
    .option('--name <name>', 'what people call the marketplace', 'gatehouse')
    .option('--owner <name>', 'who offers it (default: the host)')
    .option('--plugin-version <version>', 'raise it whenever something changes', '0.1.0')
    .action((options: MarketplaceOptions) => writeMarketplace(options, machine));
}
