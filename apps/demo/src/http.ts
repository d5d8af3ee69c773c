import { CookieJar } from 'tough-cookie';
import { request } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  json(): Record<string, unknown>;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  /** A body as it is; its content type is among the headers. */
  readonly raw?: string;
}

/** One HTTP request; redirects are not followed. */
export async function send(url: string, call: Call = {}): Promise<Answer> {
  const { body, type } = bodyOf(call);
  const response = await request(url, {
    method: call.method ?? 'GET',
    headers: { ...(type === null ? {} : { 'content-type': type }), ...call.headers },
    body,
    headersTimeout: 60_000,
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}

function bodyOf({ json, form, raw }: Call): { body: string | null; type: string | null } {
  if (json !== undefined) return { body: JSON.stringify(json), type: 'application/json' };
  if (form !== undefined)
    return { body: new URLSearchParams(form).toString(), type: 'application/x-www-form-urlencoded' };
  return { body: raw ?? null, type: null };
}

/** A browser, as far as the connect flow needs one: a cookie jar and redirects. */
export class Browser {
  /** Every URL that was opened, redirects included. */
  readonly visited: string[] = [];
  private readonly jar = new CookieJar(undefined, { allowSpecialUseDomain: true });

  /** Follows redirects by GET; returns the last page and its URL. */
  async open(url: string, call: Call = {}): Promise<{ url: string; page: Answer }> {
    let answer = await this.visit(url, call);
    let at = url;
    for (let hops = 0; hops < 10 && answer.status >= 300 && answer.status < 400; hops += 1) {
      at = new URL(String(answer.headers['location']), at).href;
      answer = await this.visit(at, {});
    }
    return { url: at, page: answer };
  }

  private async visit(url: string, call: Call): Promise<Answer> {
    this.visited.push(url);
    const cookie = await this.jar.getCookieString(url);
    const answer = await send(url, { ...call, headers: { ...call.headers, ...(cookie ? { cookie } : {}) } });
    for (const set of [answer.headers['set-cookie'] ?? []].flat())
      await this.jar.setCookie(set, url, { ignoreError: true });
    return answer;
  }
}
