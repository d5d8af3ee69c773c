import { AbstractLogger } from 'typeorm';

/** Keeps TypeORM from printing: its lines carry the values of statements, and errors reach whoever made the call. */
export class SilentLogger extends AbstractLogger {
  protected writeLog(): void {
    // Nothing, on purpose.
  }
}
