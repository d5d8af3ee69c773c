import type { BrowserVisit, CallbackMark, ConnectFlowService, OpenedLink, SpentFlow, TokenGrant } from '#app/oauth';
import type { RequestId } from '#app/kernel';
import type { FastifyRequest } from 'fastify';
import type { CapturedResponse } from './captured-response.js';

/** What the strategy is to do for one request. The flow service is passed along, since the strategy is shared by the process. */
export type ConnectPhase =
  | {
      readonly phase: 'authorize';
      readonly flows: ConnectFlowService;
      readonly visit: BrowserVisit & { readonly browser: string };
      readonly opened: OpenedLink;
    }
  | {
      readonly phase: 'callback';
      readonly flows: ConnectFlowService;
      readonly visit: BrowserVisit;
      readonly mark: CallbackMark;
      readonly code: string;
    };

/** What the callback phase hands to the handler. */
export interface Granted {
  readonly visit: BrowserVisit;
  readonly spent: SpentFlow;
  readonly grant: TokenGrant;
}

/** A link whose user is to be asked first, and the browser that will answer. */
export interface Asking {
  readonly opened: OpenedLink;
  readonly browser: string;
  readonly linkToken: string;
}

/** A request on which a connect guard keeps what belongs to it. */
export interface ConnectRequest extends FastifyRequest {
  connect?: { readonly phase: ConnectPhase; readonly captured: CapturedResponse };
  granted?: Granted;
  asking?: Asking;
  /** Where the user signs in first. */
  signIn?: string;
  declined?: true;
}

export const requestIdOf = (request: FastifyRequest): RequestId => request.id as RequestId;

/** The one value of a query parameter; null when it is missing, empty or repeated. */
export function single(query: unknown, name: string): string | null {
  const value = (query as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
