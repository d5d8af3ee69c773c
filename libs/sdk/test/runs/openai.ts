import OpenAI from 'openai';
import type { ResponseInput } from 'openai/resources/responses/responses';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { openaiChatTools, openaiResponsesTools, type OpenAIOptions } from '../../src/adapters/openai.js';
import type { Run } from '../agent-loop.js';
import type { Stage } from '../stage.js';

const model = 'stand-in';
const clientOf = (stage: Stage): OpenAI => new OpenAI({ apiKey: 'x', baseURL: `${stage.model.url}/v1`, maxRetries: 0 });

export const openaiResponses =
  (more: OpenAIOptions): Run =>
  async (stage, user, prompt, options) => {
    const client = clientOf(stage);
    const set = await openaiResponsesTools(user, { ...options, ...more });
    const input: ResponseInput = [{ role: 'user', content: prompt }];
    for (;;) {
      const response = await client.responses.create({ model, input, tools: set.tools });
      const outputs = await set.outputsFor(response);
      if (outputs.length === 0) return response.output_text;
      input.push(...(response.output as ResponseInput), ...outputs);
    }
  };

export const openaiChat: Run = async (stage, user, prompt, options) => {
  const client = clientOf(stage);
  const set = await openaiChatTools(user, options);
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: prompt }];
  for (;;) {
    const completion = await client.chat.completions.create({ model, messages, tools: set.tools });
    const answers = await set.messagesFor(completion);
    const [choice] = completion.choices;
    if (answers.length === 0) return choice?.message.content ?? '';
    if (choice !== undefined) messages.push(choice.message, ...answers);
  }
};

export const openaiRunTools: Run = async (stage, user, prompt, options) => {
  const { runnable } = await openaiChatTools(user, options);
  const runner = clientOf(stage).chat.completions.runTools({
    model,
    messages: [{ role: 'user', content: prompt }],
    tools: runnable,
  });
  return (await runner.finalContent()) ?? '';
};
