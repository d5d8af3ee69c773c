import type { FastifyReply } from 'fastify';
import type { Dispatcher } from 'undici';

/** Collects the answer of the upstream for a reply: its status at once, its body to whoever sends it. */
export class Relay implements Dispatcher.DispatchHandler {
  private readonly chunks: Buffer[] = [];

  constructor(
    private readonly reply: FastifyReply,
    private readonly send: (answer: Buffer) => unknown,
  ) {}

  /** By this method undici tells a handler of this kind. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.reply.code(status);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.reply.header('content-type', 'application/json; charset=utf-8');
    this.send(Buffer.concat(this.chunks));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.reply.send(error);
  }
}
