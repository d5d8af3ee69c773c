/**
 * - `refused`: our own policy; nothing left the machine
 * - `timeout`: no connection, or no complete answer, in time
 * - `aborted`: the caller's signal
 * - `network`: no connection, a broken one, or an answer that isn't readable HTTP
 * - `too_large`: more bytes than allowed; the connection was cut
 * - `truncated`: the answer began and never ended
 * - `redirect`: a 3xx, which is never followed
 */
export type EgressErrorKind = 'refused' | 'timeout' | 'aborted' | 'network' | 'too_large' | 'truncated' | 'redirect';

/**
 * An exchange that brought no usable answer. `message` holds no header, no body and nothing secret.
 *
 * There is no `cause` on purpose: undici's parser errors carry the bytes that the provider sent.
 */
export class EgressError extends Error {
  constructor(
    readonly kind: EgressErrorKind,
    message: string,
    /** May the provider have received the whole request? False only when it surely has not: a repeat is then safe. */
    readonly sent: boolean,
  ) {
    super(message);
    this.name = 'EgressError';
  }
}

/** A request that our policy does not let out. */
export const refused = (message: string): EgressError => new EgressError('refused', message, false);
