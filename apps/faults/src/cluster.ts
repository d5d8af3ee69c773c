import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from './api-client.js';
import { ClientLog } from './client-log.js';
import { freePort } from './free-port.js';
import { NodeProcess } from './node-process.js';
import { PostgresRelay } from './postgres-relay.js';
import { PostgresServer } from './postgres-server.js';
import { type ProviderKind, type RotatingProvider, startProvider, writeConnectors } from './provider.js';
import type { Random } from './random.js';

export interface ClusterOptions {
  readonly nodes: number;
  readonly random: Random;
  /** Longest time a call may take. */
  readonly deadlineMs: number;
  readonly log: (message: string) => void;
}

/** A node and its way to Postgres. */
export interface Member {
  readonly node: NodeProcess;
  readonly relay: PostgresRelay;
}

export const CLIENT = { id: 'skc_faults_client', secret: randomBytes(32).toString('base64url') };

/** Nodes over one Postgres and two providers, all on this machine and gone with {@link stop}. */
export class Cluster {
  readonly log = new ClientLog();
  readonly api = new ApiClient();
  readonly members: Member[] = [];
  private readonly cleanUps: (() => unknown)[] = [];

  private constructor(
    readonly options: ClusterOptions,
    readonly postgres: PostgresServer,
    readonly providers: Readonly<Record<ProviderKind, RotatingProvider>>,
    private readonly folder: string,
  ) {}

  static async start(options: ClusterOptions): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'));
    const postgres = await PostgresServer.start(options.log);
    const providers = { strict: await startProvider('strict'), grace: await startProvider('grace') };
    const cluster = new Cluster(options, postgres, providers, folder);
    try {
      await cluster.startNodes();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get nodes(): NodeProcess[] {
    return this.members.map(({ node }) => node);
  }

  /** One that serves. */
  get anyNode(): NodeProcess {
    const running = this.nodes.filter((node) => node.running);
    if (running.length === 0) throw new Error('No node is running');
    return this.options.random.pick(running);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await Promise.all(this.members.map(({ relay }) => relay.stop()));
    await Promise.all(Object.values(this.providers).map((provider) => provider.stop()));
    await this.api.close();
    await this.postgres.stop();
    for (const cleanUp of this.cleanUps) cleanUp();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private async startNodes(): Promise<void> {
    const connectors = writeConnectors();
    this.cleanUps.push(connectors.remove);
    const ports = await Promise.all(Array.from({ length: this.options.nodes }, () => freePort()));
    const shared = this.sharedEnvironment(connectors.dir, ports[0] ?? 0);
    for (const [index, port] of ports.entries()) {
      const name = `node-${index + 1}`;
      const relay = await PostgresRelay.start(this.postgres.socket);
      const dataDir = join(this.folder, name);
      mkdirSync(dataDir);
      const own = { GATEHOUSE_DATA_DIR: dataDir, DATABASE_URL: this.postgres.urlThrough(relay.port) };
      this.members.push({
        node: new NodeProcess(name, port, { ...shared, ...own }, join(this.folder, `${name}.log`)),
        relay,
      });
    }
    // All at once, as an orchestrator would: they settle among themselves who migrates.
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  private sharedEnvironment(connectorsDir: string, firstPort: number): Record<string, string> {
    const hosts = Object.values(this.providers).map(({ host }) => host);
    return {
      // One name for all nodes, so that a token of one is good at every other.
      PUBLIC_URL: `http://127.0.0.1:${firstPort}`,
      GATEHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
      GATEHOUSE_BOOTSTRAP_CLIENT_ID: CLIENT.id,
      GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: CLIENT.secret,
      GATEHOUSE_SANDBOX: 'off',
      GATEHOUSE_CONNECTORS_DIR: connectorsDir,
      GATEHOUSE_EGRESS_ALLOW: hosts.join(','),
      GATEHOUSE_TOOL_DEADLINE_MS: String(this.options.deadlineMs),
      DATABASE_POOL_SIZE: '8',
      LOG_LEVEL: 'warn',
    };
  }
}
