import type { Principal } from '#app/connector-kit';
import type { Secret } from '#app/kernel';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { isOpaqueToken } from '../opaque-token.js';
import {
  contextOf,
  type BrowserVisit,
  type CallbackMark,
  type ConnectResult,
  type FlowSubject,
  type OpenedLink,
  type SpentFlow,
} from './connect-flow.js';
import { ConnectFailure } from './connect-failure.js';
import { ConnectLookups } from './connect-lookups.js';
import { FailureRecords } from './failure-records.js';
import { FlowSteps } from './flow-steps.js';
import type { StartingVisit } from './flow-start.js';
import { LinkOpening } from './link-opening.js';
import { StrayCallbacks } from './stray-callbacks.js';
import type { TokenGrant } from './token-exchange.js';

/**
 * The steps in which an end user connects an account, in the order of a browser's two visits:
 * open, and decline or begin (sends the browser to the provider); spend, exchange, complete (when it comes back).
 *
 * Each step throws {@link ConnectFailure} when the attempt ends there. The failure is in the audit trail then (see
 * {@link FailureRecords} for how often), and nothing about the account has changed.
 */
@Injectable()
export class ConnectFlowService implements OnApplicationShutdown {
  /** Those whose code is at the provider, or was exchanged, and whose credential is not stored yet. */
  private readonly unfinished = new Set<SpentFlow>();
  private allFinished: () => void = () => undefined;

  constructor(
    private readonly lookups: ConnectLookups,
    private readonly opening: LinkOpening,
    private readonly steps: FlowSteps,
    private readonly stray: StrayCallbacks,
    private readonly failures: FailureRecords,
  ) {}

  /** May this browser use this link? Claims nothing yet. */
  async open(visit: BrowserVisit, linkToken: string): Promise<OpenedLink> {
    const link = isOpaqueToken(linkToken) ? await this.lookups.findLink(linkToken) : null;
    if (link === null) throw new ConnectFailure('link_unknown');
    return this.recorded(visit, link, () => this.opening.open(visit, link));
  }

  /** The user says that the link was made for somebody else: it ends. */
  decline(visit: BrowserVisit, { link }: OpenedLink): Promise<void> {
    return this.recorded(visit, link, () => this.opening.decline(visit, link));
  }

  /** Ends a visit to a link that was found; records it as any other failure. */
  rejectLink(visit: BrowserVisit, { link }: OpenedLink, failure: ConnectFailure): Promise<never> {
    return this.recorded(visit, link, () => Promise.reject(failure));
  }

  /** Claims the link for the browser and stores the flow. Returns the `state` for the authorize URL. */
  begin(visit: StartingVisit, opened: OpenedLink, verifier: Secret | null): Promise<string> {
    return this.recorded(visit, opened.link, () => this.steps.start.begin(visit, opened, verifier));
  }

  /** Takes the flow that this browser's state leads to, once and for all, and checks that the callback belongs to it. */
  async spend(visit: BrowserVisit, mark: CallbackMark): Promise<SpentFlow> {
    const flow = isOpaqueToken(mark.state) ? await this.lookups.spendFlow(mark.state, visit.browser) : null;
    if (flow === null) throw await this.stray.record(visit, mark);
    return this.recorded(visit, flow, () => this.steps.check.check(visit, flow, mark));
  }

  /** Sends the code to the provider's token endpoint. */
  async exchange(visit: BrowserVisit, spent: SpentFlow, code: Secret): Promise<TokenGrant> {
    const { app, verifier } = spent;
    this.unfinished.add(spent);
    try {
      return await this.recorded(visit, spent.flow, () =>
        this.steps.tokens.exchange(contextOf(visit, spent.flow.tenantId), app, { code, verifier }),
      );
    } catch (error) {
      this.finish(spent);
      throw error;
    }
  }

  /** Asks the provider who consented, and stores the credential; one that is not stored is revoked. */
  complete(visit: BrowserVisit, spent: SpentFlow, grant: TokenGrant): Promise<ConnectResult> {
    let principal: Principal | null = null;
    return this.recorded(visit, spent.flow, async () => {
      try {
        principal = await this.steps.identity.whoConsented(spent.app, grant);
        return await this.steps.completion.complete(visit, spent, grant, principal);
      } catch (error) {
        // Also when the database or a key was away: if it was stored all the same, it is in use, and that is seen before it is revoked
        const reason = error instanceof ConnectFailure ? error.code : 'not_stored';
        await this.steps.refused.giveUp(spent, grant, principal, reason);
        throw error;
      } finally {
        this.finish(spent);
      }
    });
  }

  /**
   * The server closes without those whose browser has gone. A code is spent with the request that carries it, so what comes of it
   * is stored, or given up at the provider, before this process ends.
   */
  async onApplicationShutdown(): Promise<void> {
    if (this.unfinished.size > 0) await new Promise<void>((resolve) => (this.allFinished = resolve));
  }

  /** The provider sent the browser back without a code. */
  async refuse(visit: BrowserVisit, spent: SpentFlow, failure: ConnectFailure): Promise<never> {
    return this.recorded(visit, spent.flow, () => Promise.reject(failure));
  }

  private finish(spent: SpentFlow): void {
    this.unfinished.delete(spent);
    if (this.unfinished.size === 0) this.allFinished();
  }

  private async recorded<T>(
    visit: Pick<BrowserVisit, 'requestId'>,
    subject: FlowSubject,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      await this.failures.record(visit, subject, error);
      throw error;
    }
  }
}
