import { write, writeSync } from 'node:fs';

const MOST_BUFFERED = 4 * 1024 * 1024;
const RETRY_MS = 50;
/** Lines of this time share one write: a write per request costs as much as a tenth of the request. */
const GATHER_MS = 25;
const BUSY = new Set(['EAGAIN', 'EBUSY']);

/**
 * Where log lines go. Written without holding up calls, and never the end of the process: a reader that stalls, a full disk or a
 * closed pipe costs lines, not service. What matters after a crash is in the audit trail.
 */
export class StandardOutput {
  /** Lines that could not be written. */
  dropped = 0;
  private waiting: string[] = [];
  private buffered = 0;
  private writing = false;

  constructor(private readonly descriptor = 1) {
    process.on('exit', () => this.writeRest());
  }

  write(line: string): void {
    if (this.buffered + line.length > MOST_BUFFERED) {
      this.dropped += 1;
      return;
    }
    this.waiting.push(line);
    this.buffered += line.length;
    if (!this.writing) this.writeSoon();
  }

  private writeSoon(): void {
    this.writing = this.waiting.length > 0;
    if (this.writing) setTimeout(() => this.writeGathered(), GATHER_MS).unref();
  }

  private writeGathered(): void {
    const lines = this.waiting;
    this.waiting = [];
    this.buffered = 0;
    this.writeAll(Buffer.from(lines.join('')), lines.length);
  }

  private writeAll(bytes: Buffer, lines: number): void {
    write(this.descriptor, bytes, (error, written) => {
      if (error !== null && BUSY.has(error.code ?? '')) {
        setTimeout(() => this.writeAll(bytes, lines), RETRY_MS).unref();
        return;
      }
      if (error !== null) this.dropped += lines;
      else if (written < bytes.length) return this.writeAll(bytes.subarray(written), lines);
      this.writeSoon();
    });
  }

  /** At the end of the process, in one attempt: nobody waits for a full disk. */
  private writeRest(): void {
    try {
      if (this.waiting.length > 0) writeSync(this.descriptor, this.waiting.join(''));
    } catch {
      this.dropped += this.waiting.length;
    }
  }
}
