/**
 * As much of an `AbortSignal` as a call needs. One of Node's own costs more than the rest of a request's context together, and
 * every call has one.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
