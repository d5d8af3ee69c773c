import { Browser, hiddenFields, send } from './http.js';

interface SeenRequest {
  readonly method: string;
  readonly path: string;
}

export interface Teammate {
  readonly id: string;
  readonly workspace_id: string;
  readonly has_inbox_seat: boolean;
}

export interface Consent {
  readonly sandbox: SandboxClient;
  readonly teammate: Teammate;
  /** The page on which the browser ended up. */
  readonly landedAt: string;
  readonly status: number;
}

/** The person at the consent page, and the provider's side of the story. */
export class SandboxClient {
  private constructor(private readonly url: string) {}

  /** Where the sandbox is, read from where a connect link leads. */
  static at(consentUrl: string): SandboxClient {
    return new SandboxClient(new URL(consentUrl).origin);
  }

  /** Opens a connect link in a browser of its own, says that this is the right user, chooses a teammate, presses Allow. */
  static async consent(link: string, choose: (people: readonly Teammate[]) => Teammate): Promise<Consent> {
    const browser = new Browser();
    const asked = await browser.openConnectLink(link);
    if (asked.page.status !== 200 || !asked.page.text.includes('value="allow"'))
      throw new Error(`The connect link did not lead to a consent page: ${asked.page.status} at ${asked.url}`);
    const sandbox = SandboxClient.at(asked.url);
    const teammate = choose(await sandbox.teammates());
    const form = { ...hiddenFields(asked.page.text), teammate: teammate.id, decision: 'allow' };
    const answered = await browser.open(new URL('/oauth', asked.url).href, { method: 'POST', form });
    return { sandbox, teammate, landedAt: answered.url, status: answered.page.status };
  }

  async teammates(): Promise<readonly Teammate[]> {
    return (await send(`${this.url}/_control/teammates`)).json()['teammates'] as Teammate[];
  }

  async revoke(teammateId: string): Promise<void> {
    const answer = await send(`${this.url}/_control/revoke`, { method: 'POST', json: { teammate_id: teammateId } });
    if (answer.status !== 200) throw new Error(`The sandbox did not revoke the grant: ${answer.text}`);
  }

  /** The API requests that reached the provider so far. */
  async requests(): Promise<readonly SeenRequest[]> {
    return (await send(`${this.url}/_control/requests`)).json()['requests'] as SeenRequest[];
  }
}
