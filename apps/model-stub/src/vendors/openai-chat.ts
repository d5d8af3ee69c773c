import type { Conversation, Turn } from '../conversation.js';
import { after, isJson, objectsIn, textOf, textsIn, type Json } from '../json.js';
import { lintChatMessages, lintOpenAITools } from '../lint/openai.js';
import type { Vendor } from './vendor.js';

/** OpenAI's Chat Completions. */
export const openaiChat: Vendor = {
  name: 'openai-chat',
  path: /\/chat\/completions$/,
  lint: ({ headers, body }) => [
    ...(headers.authorization?.startsWith('Bearer ') ? [] : ['You did not provide an API key.']),
    ...lintOpenAITools(objectsIn(body['tools']).map((tool) => (isJson(tool['function']) ? tool['function'] : {}))),
    ...lintChatMessages(objectsIn(body['messages'])),
  ],
  read,
  answer: (turn, { body }, newId) => ({
    id: newId(),
    object: 'chat.completion',
    created: 0,
    model: body['model'],
    choices: [{ index: 0, finish_reason: 'calls' in turn ? 'tool_calls' : 'stop', message: message(turn) }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }),
  refuse: refuseAsOpenAI,
};

function read(body: Json): Conversation {
  const messages = objectsIn(body['messages']);
  const isUser = (each: Json): boolean => each['role'] === 'user';
  return {
    prompt: textOf(messages.findLast(isUser)?.['content']),
    results: after(messages, isUser)
      .filter((each) => each['role'] === 'tool')
      .map((each) => textOf(each['content'])),
    tools: objectsIn(body['tools']).map((tool) => offered(tool['function'])),
  };
}

function message(turn: Turn): Json {
  if ('text' in turn) return { role: 'assistant', content: turn.text };
  return {
    role: 'assistant',
    content: null,
    tool_calls: turn.calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    })),
  };
}

export function offered(tool: unknown): Conversation['tools'][number] {
  const { name, parameters } = isJson(tool) ? tool : {};
  return { name: String(name), required: isJson(parameters) ? textsIn(parameters['required']) : [] };
}

export function refuseAsOpenAI(text: string): Json {
  return { error: { message: text, type: 'invalid_request_error', param: null, code: null } };
}
