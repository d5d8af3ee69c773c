/** Anthropic's Messages API with Gatehouse's tools. `npm run example -- anthropic` */
import Anthropic from '@anthropic-ai/sdk';
import { anthropicTools } from '@gatehouse/sdk/anthropic';
import { question, user } from './user.mjs';

const anthropic = new Anthropic();
const { tools, resultsFor } = await anthropicTools(user);
const messages = [{ role: 'user', content: question }];

for (;;) {
  const model = process.env.MODEL ?? 'claude-sonnet-5';
  const message = await anthropic.messages.create({ model, max_tokens: 4096, messages, tools });
  const results = await resultsFor(message);
  if (results.length === 0) {
    console.log(message.content.map((block) => block.text ?? '').join(''));
    break;
  }
  messages.push({ role: 'assistant', content: message.content }, { role: 'user', content: results });
}
