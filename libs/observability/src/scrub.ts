import { Secret } from '#app/kernel';

const SENSITIVE_KEY =
  /^(authorization|proxy-authorization|cookie|set-cookie|password|passwd|secret|token|api_?key|code|state|code_?verifier|client_?secret|access_?token|refresh_?token|id_?token|master_?key|private_?key|connect_?url)$/i;
const MAX_DEPTH = 6;

/** A copy of `value` fit for a log line: what sits under a sensitive key, and every {@link Secret}, becomes `[redacted]`. */
export function scrub(value: unknown, depth = 0): unknown {
  if (value instanceof Secret) return '[redacted]';
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SENSITIVE_KEY.test(key) ? '[redacted]' : scrub(inner, depth + 1),
    ]),
  );
}

/** Name, message, stack and causes. Not the own properties: a driver's error may carry the values of a statement. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' ? { error_code: code } : {}),
    ...(error.cause instanceof Error ? { cause: scrub(error.cause, depth + 1) } : {}),
  };
}
