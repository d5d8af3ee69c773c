/** An answer of a server, or why there was none. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Unreachable {
  readonly unreachable: string;
}

const TIMEOUT_MS = 15_000;

/** One request. Redirects are not followed, since the clients that are looked after do not follow them either. */
export async function ask(url: string, init: RequestInit = {}): Promise<Reply | Unreachable> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    return { unreachable: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'it does not answer within 15 seconds';
  const code = cause?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its host name is not known here';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (/CERT|SSL|TLS|SIGNATURE/.test(code)) return `its certificate is not trusted here (${code})`;
  return cause?.message ?? message;
}

/** The answer as JSON; null when it is none. */
export function jsonOf({ text }: Reply): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
