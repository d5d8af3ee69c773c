/** OpenAI's Responses API with Gatehouse's tools. `npm run example -- openai` */
import OpenAI from 'openai';
import { openaiResponsesTools } from '@gatehouse/sdk/openai';
import { question, user } from './user.mjs';

const openai = new OpenAI();
const { tools, outputsFor } = await openaiResponsesTools(user);
const input = [{ role: 'user', content: question }];

for (;;) {
  const response = await openai.responses.create({ model: process.env.MODEL ?? 'gpt-5-mini', input, tools });
  const outputs = await outputsFor(response);
  if (outputs.length === 0) {
    console.log(response.output_text);
    break;
  }
  input.push(...response.output, ...outputs);
}
