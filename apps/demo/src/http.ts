import { CookieJar } from 'tough-cookie';
import { request } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  json(): Record<string, unknown>;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  /** A body as it is; its content type is among the headers. */
  readonly raw?: string;
  /** Aborted, it hangs up. */
  readonly signal?: AbortSignal;
}

/** One HTTP request; redirects are not followed. */
export async function send(url: string, call: Call = {}): Promise<Answer> {
  const { body, type } = bodyOf(call);
  const response = await request(url, {
    method: call.method ?? 'GET',
    headers: { ...(type === null ? {} : { 'content-type': type }), ...call.headers },
    body,
    headersTimeout: 60_000,
    signal: call.signal,
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

/** A page, and the address at which it was found in the end. */
export interface Opened {
  readonly url: string;
  readonly page: Answer;
}

/** A browser, as far as the connect flow needs one: a cookie jar, redirects, pages that send it on, and the buttons of a form. */
export class Browser {
  /** Every URL that was opened, redirects included. */
  readonly visited: string[] = [];
  /** An address that it does not get to: the user closes the page just before. */
  stopsAt: string | null = null;
  private readonly jar = new CookieJar(undefined, { allowSpecialUseDomain: true });

  /** @param within if given, a redirect to another origin is not followed; the URL returned says where it leads */
  constructor(private readonly within: string | null = null) {}

  /** Follows redirects by GET; returns the last page and its URL. */
  async open(url: string, call: Call = {}): Promise<Opened> {
    let answer = await this.visit(url, call);
    let at = url;
    for (let hops = 0, next = targetOf(answer); hops < 10 && next !== null; hops += 1, next = targetOf(answer)) {
      at = new URL(next, at).href;
      if (at === this.stopsAt || (this.within !== null && new URL(at).origin !== this.within)) break;
      answer = await this.visit(at, {});
    }
    return { url: at, page: answer };
  }

  /** Opens a connect link, and says yes where the page asks whether this is the right user. */
  async openConnectLink(link: string): Promise<Opened> {
    const asked = await this.open(link);
    return asked.page.text.includes('value="continue"') ? this.press(asked, { decision: 'continue' }) : asked;
  }

  /** Puts a cookie where the browser would keep one of this URL. */
  async plant(url: string, cookie: string): Promise<void> {
    await this.jar.setCookie(cookie, url);
  }

  /** Sends the form of a page back to the address of the page, with the button that was pressed. */
  press({ url, page }: Opened, button: Record<string, string>): Promise<Opened> {
    return this.open(url, { method: 'POST', form: { ...hiddenFields(page.text), ...button } });
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

/** Where an answer sends the browser on to: by a redirect, or by a page that does not stay. */
function targetOf({ status, headers, text }: Answer): string | null {
  if (status >= 300 && status < 400) return String(headers['location']);
  const url = /<meta http-equiv="refresh" content="0; url=([^"]*)">/.exec(text)?.[1];
  return url === undefined ? null : unescapeHtml(url);
}

/** What a browser would send back of a form: its hidden fields. */
export function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name as string, unescapeHtml(value as string)]));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

const unescapeHtml = (text: string): string =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
