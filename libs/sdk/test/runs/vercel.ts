import { createOpenAI } from '@ai-sdk/openai';
import { generateText, stepCountIs } from 'ai';
import { vercelTools } from '../../src/adapters/vercel.js';
import type { Run } from '../agent-loop.js';

export const vercel: Run = async (stage, user, prompt, options) => {
  const openai = createOpenAI({ apiKey: 'x', baseURL: `${stage.model.url}/v1` });
  const { text } = await generateText({
    model: openai.chat('stand-in'),
    prompt,
    tools: await vercelTools(user, options),
    stopWhen: stepCountIs(5),
    maxRetries: 0,
  });
  return text;
};
