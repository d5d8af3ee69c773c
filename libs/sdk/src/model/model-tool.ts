import { GatehouseError, isGatehouseError } from '../gatehouse-error.js';
import type { BoundUser } from '../gatehouse-user.js';
import type { JsonSchema, Tool } from '../resources/tool-types.js';
import { errorValue } from './error-value.js';
import { modelArguments } from './model-arguments.js';
import type { AdapterOptions } from './options.js';
import { NO_RENAMES, portableSchema, type PortableSchema } from './portable-schema.js';
import { cappedResult } from './result-text.js';

const MAX_RESULT_BYTES = 20_000;

/** What a model gets for a call. A failure is data too: it can be read, told to the user, or mended. */
export interface ModelResult {
  readonly isError: boolean;
  readonly value: Readonly<Record<string, unknown>>;
  /** The value as JSON. */
  readonly text: string;
}

/** Where a tool comes from and how it is called. */
export interface ToolSource {
  readonly tool: Tool;
  /** The account that was listed with it; absent for a connector that the user has not connected. */
  readonly connectedAccountId?: string;
  /** Says which of the user's accounts this is, when they have several. */
  readonly account?: string;
}

/** One tool of one user, the same for every framework. The user is part of it, and nothing that a model could say. */
export class ModelTool {
  readonly description: string;
  readonly title: string;
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly #portable: PortableSchema;

  constructor(
    /** What the model calls it by. */
    readonly name: string,
    private readonly source: ToolSource,
    private readonly user: BoundUser,
    private readonly options: AdapterOptions,
  ) {
    const { definition } = source.tool;
    this.title = definition.display_name;
    this.description =
      source.account === undefined ? definition.description : `${definition.description} Account: ${source.account}.`;
    this.readOnly = definition.annotations.read_only_hint;
    this.destructive = definition.annotations.destructive_hint;
    this.#portable = portableSchema(definition.input_schema);
  }

  /** The tool's own name, as the audit trail has it. */
  get toolName(): string {
    return this.source.tool.definition.name;
  }

  /** Schema of the arguments, in what every vendor takes. */
  get schema(): JsonSchema {
    return this.#portable.schema;
  }

  /** The arguments as `schema` wants them: for a framework that validates before it calls. Throws `invalid_arguments`. */
  tidied(given: unknown): Record<string, unknown> {
    return modelArguments(given, { schema: this.schema, renames: NO_RENAMES });
  }

  /** Makes the call. Rejects only for what no model can do anything about: an abort, or an API client that is not let in. */
  async run(given: unknown, signal?: AbortSignal): Promise<ModelResult> {
    try {
      const params = modelArguments(given, this.#portable);
      await this.#assertApproved(params);
      const { data } = await this.#execute(params, signal);
      return resultOf(false, cappedResult(data, this.options.maxResultBytes ?? MAX_RESULT_BYTES));
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      this.options.onError?.(error, { identifier: this.user.identifier, toolName: this.toolName });
      if (error.code === 'unauthenticated') throw error;
      return resultOf(true, { error: errorValue(error, await this.#linkFor(error)) });
    }
  }

  async #execute(params: Record<string, unknown>, signal: AbortSignal | undefined) {
    const { timeoutMs, signal: outer } = this.options;
    const call = { toolName: this.toolName, params, connectedAccountId: this.source.connectedAccountId };
    return this.user.executeTool(call, { timeoutMs, signal: eitherOf(signal, outer) });
  }

  async #assertApproved(params: Record<string, unknown>): Promise<void> {
    const { approve } = this.options;
    if (approve === undefined || this.readOnly) return;
    const { identifier } = this.user;
    const { destructive, toolName } = this;
    if (await approve({ identifier, toolName, arguments: params, destructive })) return;
    throw new GatehouseError(
      'approval_required',
      'A person was asked and did not approve this call. Nothing was done. Do not repeat it; tell the user.',
    );
  }

  /** The link that mends the error, if one does: the server's own, or a new one. */
  async #linkFor(error: GatehouseError): Promise<string | undefined> {
    const { connect = {} } = this.options;
    if (error.connectUrl !== undefined) return error.connectUrl;
    if (connect === false || !MENDED_BY_LINK.includes(error.code)) return undefined;
    const { connectedAccountId, tool } = this.source;
    try {
      const target = connectedAccountId === undefined ? this.#connection(tool) : { connectedAccountId };
      return (await this.user.connectLink(target, connect)).link;
    } catch (cause) {
      // without a link the refusal still stands; the host learns why there is none
      if (isGatehouseError(cause))
        this.options.onError?.(cause, { identifier: this.user.identifier, toolName: this.toolName });
      return undefined;
    }
  }

  /** The connection that was asked for; else the connector's id, which is what its only connection is usually called. */
  #connection(tool: Tool): string {
    const names = this.options.filter?.connectionNames ?? [];
    return names.length === 1 && names[0] !== undefined ? names[0] : tool.provider.toLowerCase();
  }
}

const MENDED_BY_LINK = ['account_not_found', 'account_not_active', 'missing_scope'];

const resultOf = (isError: boolean, value: ModelResult['value']): ModelResult => ({
  isError,
  value,
  text: JSON.stringify(value),
});

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}
