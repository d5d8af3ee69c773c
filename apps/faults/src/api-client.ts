import { Agent, type Dispatcher, request } from 'undici';

const ANSWER_MS = 150_000;

export interface ApiAnswer {
  /** 0 when there was none. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookies: string;
  readonly location: string | null;
  readonly text: string;
}

export interface ApiRequest {
  readonly method?: Dispatcher.HttpMethod;
  readonly token?: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly cookies?: string;
}

const NO_ANSWER: ApiAnswer = { status: 0, body: {}, cookies: '', location: null, text: '' };

/** HTTP as the callers of the nodes speak it. */
export class ApiClient {
  private readonly agent = new Agent({ connections: 256, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });

  /** Never throws: a node that dies gives no answer. Redirects are not followed. */
  async ask(url: string, asked: ApiRequest = {}): Promise<ApiAnswer> {
    try {
      return await this.send(url, asked);
    } catch {
      return NO_ANSWER;
    }
  }

  /** For what has to succeed. */
  async must(url: string, asked: ApiRequest = {}): Promise<ApiAnswer> {
    const answer = await this.ask(url, asked);
    if (answer.status >= 200 && answer.status < 400) return answer;
    throw new Error(`${asked.method ?? 'GET'} ${url} answered ${answer.status}: ${answer.text.slice(0, 400)}`);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send(url: string, { method, token, json, form, cookies }: ApiRequest): Promise<ApiAnswer> {
    const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const sent = form === undefined ? JSON.stringify(json) : new URLSearchParams(form).toString();
    const hasBody = json !== undefined || form !== undefined;
    const { statusCode, headers, body } = await request(url, {
      dispatcher: this.agent,
      method: method ?? (hasBody ? 'POST' : 'GET'),
      headers: {
        ...(hasBody ? { 'content-type': type } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(cookies === undefined || cookies === '' ? {} : { cookie: cookies }),
      },
      body: hasBody ? sent : null,
    });
    const text = await body.text();
    const set = [headers['set-cookie'] ?? []].flat().map((line) => line.split(';')[0]);
    return {
      status: statusCode,
      body: parsed(text),
      cookies: set.join('; '),
      location: typeof headers.location === 'string' ? headers.location : null,
      text,
    };
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
