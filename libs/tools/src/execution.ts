import { newId, type ExecutionId, type JsonObject, type RequestContext } from '#app/kernel';
import type { CallableTool, Connector } from '#app/connector-kit';
import type { AccountForCall } from '#app/oauth';
import type { ToolCall } from './tool-call.js';

/** One tool call on its way, and what is known of it so far. The steps of the pipeline fill it in, in order. */
export class Execution {
  readonly id: ExecutionId = newId('execution');
  connector: Connector | null = null;
  tool: CallableTool | null = null;
  account: AccountForCall | null = null;
  /** The arguments after validation: defaults applied, absent ones gone. */
  args: JsonObject | null = null;

  constructor(
    /** Replaced by a fresh one when admission finds that the API client has changed. */
    public ctx: RequestContext,
    readonly call: ToolCall,
    /** Milliseconds since the epoch. */
    readonly startedAt: number,
  ) {}

  /** The execution once it is ready to be admitted. */
  get ready(): ReadyExecution {
    const { connector, tool, account, args } = this;
    if (!connector || !tool || !account || !args) throw new Error('The execution has not been prepared');
    return { id: this.id, ctx: this.ctx, call: this.call, startedAt: this.startedAt, connector, tool, account, args };
  }
}

/** An execution of which the steps 1 to 3 have been done. */
export interface ReadyExecution {
  readonly id: ExecutionId;
  readonly ctx: RequestContext;
  readonly call: ToolCall;
  readonly startedAt: number;
  readonly connector: Connector;
  readonly tool: CallableTool;
  readonly account: AccountForCall;
  readonly args: JsonObject;
}
