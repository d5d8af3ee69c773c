import type { IncomingHttpHeaders } from 'node:http';
import type { Conversation, Turn } from '../conversation.js';
import type { Json } from '../json.js';

/** A request to a model. */
export interface ModelRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}

/** How one vendor's API reads and answers. */
export interface Vendor {
  readonly name: string;
  readonly path: RegExp;
  /** What this vendor would refuse in the request; empty if nothing. */
  lint(request: ModelRequest): string[];
  read(body: Json): Conversation;
  answer(turn: Turn, request: ModelRequest, newId: () => string): Json;
  refuse(message: string): Json;
}
