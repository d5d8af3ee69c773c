import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, type Machine } from '#app/cli';
import { projectRoot } from '#app/config';
import { Browser } from '../../../demo/src/http.js';
import { Harness } from '../harness.js';
import { McpClientApp } from '../mcp-client-app.js';
import { runClient, type Ran, type RunOptions } from './run-client.js';
import { ScriptedModel } from './scripted-model.js';

export const TOOL = 'intercom_conversations_list';

/** What comes back names whose account it was. */
export const MINE = { assigned_to: 'me', limit: 1 };

/** The folder of a client's package, as `npm run test:clients` installs it. */
export const packages = join(projectRoot(), 'clients/node_modules');

export interface User {
  readonly identifier: string;
  readonly teammate: string;
  readonly token: string;
  /** Where their home and their project are: a client that finds something there has it from this user. */
  readonly folder: string;
  /** What their agent asks. */
  readonly model: ScriptedModel;
}

/** A live Gatehouse, and people at computers of their own that have nothing of ours on them. */
export class ClientStage {
  private readonly users: User[] = [];

  private constructor(
    readonly gate: Harness,
    private readonly connection: string,
    private readonly teammates: readonly string[],
  ) {}

  static async open(): Promise<ClientStage> {
    const gate = await Harness.start();
    const [connection] = (await gate.get('/api/v1/connections')).json()['connections'] as { id: string }[];
    const seated = (await gate.teammates()).filter((each) => each.has_inbox_seat).map(({ id }) => id);
    return new ClientStage(gate, connection?.id ?? '', seated);
  }

  async close(): Promise<void> {
    await this.gate.stop();
    for (const { folder, model } of this.users) {
      await model.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  get url(): string {
    return `${this.gate.url}/intercom`;
  }

  /**
   * Has two people do the same at once, each with the client at their own computer. The trail has to tell them apart: one call each,
   * with their own account.
   */
  async asTwo(name: string, run: (user: User) => Promise<void>): Promise<void> {
    const [one, other] = [await this.newUser(`${name}-one`, 0), await this.newUser(`${name}-other`, 1)];
    await Promise.all([run(one), run(other)]);
    await this.expectOneCallOf(one);
    await this.expectOneCallOf(other);
  }

  /** A user, connected as one of the teammates, with a token for the server. */
  async newUser(identifier: string, which = 0): Promise<User> {
    const teammate = this.teammates[which] ?? '';
    await this.gate.connect(identifier, teammate);
    const made = await this.gate.post(`/api/v1/mcp/configs/${this.connection}/tokens`, { identifier });
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-client-'));
    for (const name of ['home', 'project']) mkdirSync(join(folder, name));
    const model = await ScriptedModel.start(TOOL, MINE);
    const user = { identifier, teammate, token: String(made.json()['access_token']), folder, model };
    this.users.push(user);
    return user;
  }

  /** Runs `gatehouse …` at the user's computer. */
  async ourCommand({ folder }: User, ...args: string[]): Promise<void> {
    const told: string[] = [];
    const machine: Machine = {
      home: join(folder, 'home'),
      project: join(folder, 'project'),
      platform: process.platform,
      env: {},
      now: () => Date.now(),
      print: (text) => void told.push(text),
      tell: (text) => void told.push(text),
    };
    if ((await runProgram(args, machine)) !== 0) throw new Error(told.join(''));
  }

  environment({ folder }: User, more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: join(folder, 'home'),
      DISABLE_TELEMETRY: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ...more,
    };
  }

  /** Runs a client's program at the user's computer. */
  node(user: User, path: string, args: readonly string[], more: Partial<RunOptions> = {}): Promise<Ran> {
    return runClient(process.execPath, [join(packages, path), ...args], {
      cwd: join(user.folder, 'project'),
      ...more,
      env: this.environment(user, more.env),
    });
  }

  /** Listens to what a client says, and does in a browser what it asks its user to: signs in, and allows it. */
  signingIn({ identifier }: User): (text: string) => void {
    let said = '';
    let asked = false;
    return (text) => {
      said += text;
      if (asked) return;
      const address = new RegExp(`${this.gate.url}/oauth2/authorize[!-~]+(?=[^!-~])`).exec(said)?.[0];
      if (address === undefined) return;
      asked = true;
      void this.allowAt(address, identifier);
    };
  }

  private async allowAt(address: string, identifier: string): Promise<void> {
    const app = await McpClientApp.start(this.gate.url);
    const sentence = new RegExp(`sign-in of \\\\"${identifier}\\\\": (\\d{6})`);
    const codeInLog = (): string =>
      this.gate.log.map((line) => sentence.exec(line)?.[1]).findLast((code) => code !== undefined) ?? '';
    await app.allow(new Browser(), address, identifier, codeInLog);
    await app.stop();
  }

  private async expectOneCallOf({ identifier, teammate }: User): Promise<void> {
    const calls = await this.gate.auditEvents(`&type=tool.executed&identifier=${identifier}`);
    const call = { identifier, principal_id: teammate, tool_name: TOOL, source: 'mcp', status: 'success' };
    expect(calls).toEqual([expect.objectContaining(call)]);
  }
}
