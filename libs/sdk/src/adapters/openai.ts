import type {
  ChatCompletion,
  ChatCompletionFunctionTool,
  ChatCompletionToolMessageParam,
} from 'openai/resources/chat/completions';
import type { FunctionTool, Response, ResponseInputItem } from 'openai/resources/responses/responses';
import type { CallOptions } from '../http/transport.js';
import type { BoundUser } from '../gatehouse-user.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import type { AdapterOptions } from '../model/options.js';
import { openaiParameters, type StrictOption } from '../model/openai-parameters.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';
export type { StrictOption } from '../model/openai-parameters.js';

/** Options of the OpenAI adapters. */
export interface OpenAIOptions extends AdapterOptions {
  /** OpenAI's strict mode; `false` if left out. */
  readonly strict?: StrictOption;
}

/** Tools for `client.responses.create`. */
export interface OpenAIResponsesTools {
  /** For `responses.create`. */
  readonly tools: FunctionTool[];
  /**
   * Runs the calls of a response, all at once, and returns what to send back as further input. Calls of tools that are not among
   * `tools` are left to you; an empty list means that the model is done.
   */
  readonly outputsFor: (
    response: Pick<Response, 'output'>,
    options?: Pick<CallOptions, 'signal'>,
  ) => Promise<ResponseInputItem.FunctionCallOutput[]>;
}

/** Tools for `client.chat.completions`. */
export interface OpenAIChatTools {
  /** For `chat.completions.create`. */
  readonly tools: ChatCompletionFunctionTool[];
  /** For `chat.completions.runTools`, which runs the loop itself. */
  readonly runnable: OpenAIRunnableTool[];
  /** Runs the calls of a completion, all at once, and returns the messages that answer them. */
  readonly messagesFor: (
    completion: Pick<ChatCompletion, 'choices'>,
    options?: Pick<CallOptions, 'signal'>,
  ) => Promise<ChatCompletionToolMessageParam[]>;
}

/** A tool with its function, as `runTools` takes it. */
export interface OpenAIRunnableTool {
  /** The only kind of tool that has a function. */
  type: 'function';
  /** The tool, and what runs it. */
  function: {
    name: string;
    description: string;
    parameters: Record<string, unknown>;
    strict: boolean;
    function: (given: string) => Promise<string>;
  };
}

/**
 * The user's tools for OpenAI's Responses API.
 *
 * @example
 * ```ts
 * const set = await openaiResponsesTools(gatehouse.forUser('user_123'));
 * let response = await openai.responses.create({ model, input, tools: set.tools });
 * for (let outputs; (outputs = await set.outputsFor(response)).length > 0; )
 *   response = await openai.responses.create({ model, previous_response_id: response.id, input: outputs, tools: set.tools });
 * ```
 */
export async function openaiResponsesTools(
  user: BoundUser,
  options: OpenAIOptions = {},
): Promise<OpenAIResponsesTools> {
  const tools = await modelTools(user, options);
  return {
    tools: tools.map((tool) => ({ type: 'function', ...described(tool, options.strict) })),
    outputsFor: (response, { signal } = {}) => {
      const calls = response.output.filter((item) => item.type === 'function_call');
      return inParallel(tools, calls, async (tool, { call_id, arguments: given }) => ({
        type: 'function_call_output',
        call_id,
        output: (await tool.run(given, signal)).text,
      }));
    },
  };
}

/** The user's tools for OpenAI's Chat Completions API. */
export async function openaiChatTools(user: BoundUser, options: OpenAIOptions = {}): Promise<OpenAIChatTools> {
  const tools = await modelTools(user, options);
  return {
    tools: tools.map((tool) => ({ type: 'function', function: described(tool, options.strict) })),
    runnable: tools.map((tool) => ({
      type: 'function',
      function: {
        ...described(tool, options.strict),
        function: async (given) => (await tool.run(given)).text,
      },
    })),
    messagesFor: (completion, { signal } = {}) => {
      const calls = (completion.choices[0]?.message.tool_calls ?? [])
        .filter((call) => call.type === 'function')
        .map((call) => ({ id: call.id, ...call.function }));
      return inParallel(tools, calls, async (tool, { id, arguments: given }) => ({
        role: 'tool',
        tool_call_id: id,
        content: (await tool.run(given, signal)).text,
      }));
    },
  };
}

const described = (tool: ModelTool, strict: StrictOption | undefined) => ({
  name: tool.name,
  description: tool.description,
  ...openaiParameters(tool, strict),
});

function inParallel<Call extends { name: string }, Answer>(
  tools: readonly ModelTool[],
  calls: readonly Call[],
  answer: (tool: ModelTool, call: Call) => Promise<Answer>,
): Promise<Answer[]> {
  const ours = calls.flatMap((call) => {
    const tool = tools.find(({ name }) => name === call.name);
    return tool === undefined ? [] : [answer(tool, call)];
  });
  return Promise.all(ours);
}
