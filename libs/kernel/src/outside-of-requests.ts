import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Runs work as if no request had led to it. What outlives the request (a pooled connection, its timer) keeps for life the
 * asynchronous context in which it was made, and the OAuth library keeps in that the whole request: its tokens would stay in memory.
 */
export const outsideOfRequests: <Result>(work: () => Result) => Result = AsyncLocalStorage.snapshot();
