/**
 * As much of Postgres's wire protocol (version 3) as it takes to see where one message ends, which statement a client asks for,
 * and when the server is done with it.
 */
const HEADER = 5;
const STARTUP_HEADER = 4;

/** One message: its type (empty for the first one of a client, which has none) and all of its bytes, header included. */
export interface WireMessage {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream of bytes into messages. */
export class Messages {
  private rest: Buffer = Buffer.alloc(0);

  /** @param startup whether the first message is a client's, which begins with its length instead of a type */
  constructor(private startup: boolean) {}

  push(chunk: Buffer): WireMessage[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const found: WireMessage[] = [];
    for (let message = this.next(); message !== null; message = this.next()) found.push(message);
    return found;
  }

  private next(): WireMessage | null {
    const header = this.startup ? STARTUP_HEADER : HEADER;
    if (this.rest.length < header) return null;
    const length = this.rest.readInt32BE(header - 4) + (header - 4);
    if (this.rest.length < length) return null;
    const bytes = this.rest.subarray(0, length);
    const type = this.startup ? '' : String.fromCharCode(bytes[0] ?? 0);
    this.rest = this.rest.subarray(length);
    this.startup = false;
    return { type, bytes };
  }
}

/** What a client asks to be run, with the values of its parameters as they travel. */
export interface AskedStatement {
  readonly text: string;
  readonly values: string;
}

/** Follows what one client asks: prepared statements are known by name, and their text is told once. */
export class AskedStatements {
  private readonly texts = new Map<string, string>();

  /** The statement that this message runs; null for every other message. */
  read({ type, bytes }: WireMessage): AskedStatement | null {
    if (type === 'Q') return { text: textAt(bytes, HEADER).text, values: '' };
    if (type === 'P') this.prepare(bytes);
    return type === 'B' ? this.bound(bytes) : null;
  }

  private prepare(bytes: Buffer): void {
    const name = textAt(bytes, HEADER);
    this.texts.set(name.text, textAt(bytes, name.end).text);
  }

  private bound(bytes: Buffer): AskedStatement {
    const portal = textAt(bytes, HEADER);
    const name = textAt(bytes, portal.end);
    return { text: this.texts.get(name.text) ?? '', values: bytes.subarray(name.end).toString('utf8') };
  }
}

function textAt(bytes: Buffer, start: number): { text: string; end: number } {
  const end = bytes.indexOf(0, start);
  return { text: bytes.subarray(start, end).toString('utf8'), end: end + 1 };
}

/** The server is done with what it was asked, and says so. */
export const isReady = ({ type }: WireMessage): boolean => type === 'Z';
