import Anthropic from '@anthropic-ai/sdk';
import type { MessageParam } from '@anthropic-ai/sdk/resources/messages';
import { anthropicTools } from '../../src/adapters/anthropic.js';
import type { Run } from '../agent-loop.js';
import type { Stage } from '../stage.js';

const model = 'stand-in';
const clientOf = (stage: Stage): Anthropic => new Anthropic({ apiKey: 'x', baseURL: stage.model.url, maxRetries: 0 });
const textOf = (content: readonly { type: string }[]): string =>
  content.map((block) => ('text' in block ? String(block.text) : '')).join('');

export const anthropicMessages: Run = async (stage, user, prompt, options) => {
  const client = clientOf(stage);
  const set = await anthropicTools(user, options);
  const history: MessageParam[] = [{ role: 'user', content: prompt }];
  for (;;) {
    const message = await client.messages.create({ model, max_tokens: 1000, messages: history, tools: set.tools });
    const results = await set.resultsFor(message);
    if (results.length === 0) return textOf(message.content);
    history.push({ role: 'assistant', content: message.content }, { role: 'user', content: results });
  }
};

export const anthropicRunner: Run = async (stage, user, prompt, options) => {
  const { runnable } = await anthropicTools(user, options);
  const message = await clientOf(stage).beta.messages.toolRunner({
    model,
    max_tokens: 1000,
    messages: [{ role: 'user', content: prompt }],
    tools: runnable,
  });
  return textOf(message.content);
};
