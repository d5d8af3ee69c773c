import type { Conversation, Turn } from '../conversation.js';
import { after, isJson, objectsIn, textOf, textsIn, type Json } from '../json.js';
import { declarationsIn, lintGemini } from '../lint/gemini.js';
import type { Vendor } from './vendor.js';

/** Gemini's generateContent. */
export const gemini: Vendor = {
  name: 'gemini',
  path: /:generateContent$/,
  lint: lintGemini,
  read,
  answer: (turn) => ({
    candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: parts(turn) } }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  }),
  refuse: (message) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }),
};

function read(body: Json): Conversation {
  const contents = objectsIn(body['contents']);
  const isPrompt = (each: Json): boolean => each['role'] === 'user' && textOf(each['parts']) !== '';
  return {
    prompt: textOf(contents.findLast(isPrompt)?.['parts']),
    results: after(contents, isPrompt)
      .flatMap((each) => objectsIn(each['parts']))
      .map((part) => part['functionResponse'])
      .filter(isJson)
      .map((answer) => JSON.stringify(answer['response'])),
    tools: declarationsIn(body).map(({ name, parameters }) => ({
      name: String(name),
      required: isJson(parameters) ? textsIn(parameters['required']) : [],
    })),
  };
}

function parts(turn: Turn): Json[] {
  if ('text' in turn) return [{ text: turn.text }];
  return turn.calls.map((call) => ({ functionCall: { id: call.id, name: call.name, args: call.arguments } }));
}
