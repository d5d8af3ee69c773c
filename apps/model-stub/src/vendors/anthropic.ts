import type { Conversation, Turn } from '../conversation.js';
import { isJson, objectsIn, textOf, textsIn, type Json } from '../json.js';
import { lintAnthropic } from '../lint/anthropic.js';
import type { Vendor } from './vendor.js';

/** Anthropic's Messages. */
export const anthropic: Vendor = {
  name: 'anthropic',
  path: /\/v1\/messages$/,
  lint: lintAnthropic,
  read,
  answer: (turn, { body }, newId) => ({
    id: newId(),
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content: content(turn),
    stop_reason: 'calls' in turn ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
  refuse: (message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
};

function read(body: Json): Conversation {
  const said = objectsIn(body['messages']).filter((each) => each['role'] === 'user');
  const isPrompt = (each: Json): boolean => textOf(each['content']) !== '';
  return {
    prompt: textOf(said.findLast(isPrompt)?.['content']),
    results: objectsIn(said.at(-1)?.['content'])
      .filter((block) => block['type'] === 'tool_result')
      .map((block) => textOf(block['content'])),
    tools: objectsIn(body['tools']).map(({ name, input_schema: schema }) => ({
      name: String(name),
      required: isJson(schema) ? textsIn(schema['required']) : [],
    })),
  };
}

function content(turn: Turn): Json[] {
  if ('text' in turn) return [{ type: 'text', text: turn.text }];
  return turn.calls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: call.arguments }));
}
