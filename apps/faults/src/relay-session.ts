import type { Socket } from 'node:net';
import type { Trap } from './trap.js';
import { AskedStatements, type AskedStatement, isReady, Messages, type WireMessage } from './wire-protocol.js';

/** One connection of a node through its relay. */
export class RelaySession {
  private readonly fromClient = new Messages(true);
  private readonly fromServer = new Messages(false);
  private readonly asked = new AskedStatements();
  /** What was asked since BEGIN; null outside of a transaction. */
  private transaction: AskedStatement[] | null = null;
  /** The trap that has caught this connection. */
  private caught: Trap | null = null;
  private readonly heldFromClient: Buffer[] = [];
  private readonly heldFromServer: Buffer[] = [];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly traps: readonly Trap[],
  ) {
    for (const socket of [client, server]) socket.on('error', () => undefined).setNoDelay(true);
    client.on('data', (chunk) => this.forward(chunk));
    server.on('data', (chunk) => this.reply(chunk));
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  }

  release(): void {
    this.caught = null;
    for (const bytes of this.heldFromClient.splice(0)) this.server.write(bytes);
    for (const bytes of this.heldFromServer.splice(0)) this.client.write(bytes);
  }

  end(): void {
    this.client.destroy();
    this.server.destroy();
  }

  private forward(chunk: Buffer): void {
    const out: Buffer[] = [];
    for (const message of this.fromClient.push(chunk)) {
      this.look(message);
      (this.caught?.plan.action === 'hold' ? this.heldFromClient : out).push(message.bytes);
    }
    if (out.length > 0) this.server.write(out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out));
  }

  private look(message: WireMessage): void {
    const asked = this.asked.read(message);
    if (asked === null) return;
    if (this.caught === null && this.traps.length > 0) {
      this.caught = this.traps.find((trap) => trap.catches(asked, this.transaction ?? [])) ?? null;
      if (this.caught?.plan.action === 'hold') this.caught.tell();
    }
    this.remember(asked);
  }

  private remember(asked: AskedStatement): void {
    if (/^\s*(BEGIN|START TRANSACTION)/i.test(asked.text)) this.transaction = [];
    else if (/^\s*(COMMIT|ROLLBACK(?! TO))/i.test(asked.text)) this.transaction = null;
    else this.transaction?.push(asked);
  }

  private reply(chunk: Buffer): void {
    if (this.caught === null || this.caught.plan.action === 'hold') {
      this.client.write(chunk);
      // Followed all the time, so that the ends of the messages are known when a trap asks for them.
      this.fromServer.push(chunk);
      return;
    }
    this.heldFromServer.push(chunk);
    if (!this.fromServer.push(chunk).some(isReady)) return;
    const trap = this.caught;
    if (trap.plan.action === 'drop_reply') this.end();
    trap.tell();
  }
}
