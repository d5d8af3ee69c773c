import { Injectable } from '@nestjs/common';
import { FlowCheck } from './flow-check.js';
import { FlowCompletion } from './flow-completion.js';
import { FlowStart } from './flow-start.js';
import { IdentityCheck } from './identity-check.js';
import { RefusedGrants } from './refused-grants.js';
import { TokenExchange } from './token-exchange.js';

/** The steps that change something, each in a class of its own. */
@Injectable()
export class FlowSteps {
  constructor(
    readonly start: FlowStart,
    readonly check: FlowCheck,
    readonly tokens: TokenExchange,
    readonly identity: IdentityCheck,
    readonly completion: FlowCompletion,
    readonly refused: RefusedGrants,
  ) {}
}
