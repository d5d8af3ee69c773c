import { createOpenAI } from '@ai-sdk/openai';
import { Agent } from '@mastra/core/agent';
import { mastraTools } from '../../src/adapters/mastra.js';
import type { Run } from '../agent-loop.js';

export const mastra: Run = async (stage, user, prompt, options) => {
  const openai = createOpenAI({ apiKey: 'x', baseURL: `${stage.model.url}/v1` });
  const agent = new Agent({
    id: 'support',
    name: 'Support',
    instructions: 'Help.',
    model: openai.chat('stand-in'),
    tools: await mastraTools(user, options),
  });
  return (await agent.generate(prompt, { maxSteps: 5 })).text;
};
