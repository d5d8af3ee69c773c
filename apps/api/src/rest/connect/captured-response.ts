/**
 * All that passport ever touches of a response. What it wants to send is kept, so that guard, handler and interceptors run as
 * usual and Fastify sends the answer, with our cookies and headers.
 */
export class CapturedResponse {
  statusCode = 200;
  /** Resolves when passport has answered. */
  readonly ended: Promise<void>;
  private readonly headers = new Map<string, string>();
  private finish: () => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  setHeader(name: string, value: unknown): void {
    this.headers.set(name.toLowerCase(), String(value));
  }

  end(): void {
    this.finish();
  }

  /** Where passport wants the browser to go. */
  get location(): string | null {
    return this.headers.get('location') ?? null;
  }
}
