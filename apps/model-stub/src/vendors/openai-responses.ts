import type { Conversation, Turn } from '../conversation.js';
import { after, objectsIn, textOf, type Json } from '../json.js';
import { lintOpenAITools, lintResponsesInput } from '../lint/openai.js';
import { offered, refuseAsOpenAI } from './openai-chat.js';
import type { Vendor } from './vendor.js';

/** OpenAI's Responses. It keeps nothing, so `previous_response_id` is refused: send the whole input. */
export const openaiResponses: Vendor = {
  name: 'openai-responses',
  path: /\/responses$/,
  lint: ({ headers, body }) => [
    ...(headers.authorization?.startsWith('Bearer ') ? [] : ['You did not provide an API key.']),
    ...(body['previous_response_id'] ? ['Previous response not found: the stand-in keeps none.'] : []),
    ...lintOpenAITools(objectsIn(body['tools'])),
    ...lintResponsesInput(objectsIn(body['input'])),
  ],
  read,
  answer: (turn, { body }, newId) => ({
    id: newId(),
    object: 'response',
    created_at: 0,
    status: 'completed',
    model: body['model'],
    output: output(turn, newId),
    parallel_tool_calls: true,
    tools: body['tools'] ?? [],
    tool_choice: 'auto',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    usage: {
      input_tokens: 1,
      output_tokens: 1,
      total_tokens: 2,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  }),
  refuse: refuseAsOpenAI,
};

function read(body: Json): Conversation {
  const tools = objectsIn(body['tools']).map(offered);
  if (typeof body['input'] === 'string') return { prompt: body['input'], results: [], tools };
  const items = objectsIn(body['input']);
  const isUser = (each: Json): boolean => each['role'] === 'user';
  return {
    prompt: textOf(items.findLast(isUser)?.['content']),
    results: after(items, isUser)
      .filter((each) => each['type'] === 'function_call_output')
      .map((each) => textOf(each['output'])),
    tools,
  };
}

function output(turn: Turn, newId: () => string): Json[] {
  if ('text' in turn)
    return [
      {
        type: 'message',
        id: newId(),
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: turn.text, annotations: [] }],
      },
    ];
  return turn.calls.map((call) => ({
    type: 'function_call',
    id: newId(),
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: 'completed',
  }));
}
