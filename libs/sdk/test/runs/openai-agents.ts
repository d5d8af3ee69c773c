import { Agent, OpenAIProvider, Runner } from '@openai/agents';
import OpenAI from 'openai';
import { openaiAgentsTools, type OpenAIAgentsOptions } from '../../src/adapters/openai-agents.js';
import type { Run } from '../agent-loop.js';

export const openaiAgents =
  (more: OpenAIAgentsOptions): Run =>
  async (stage, user, prompt, options) => {
    const openAIClient = new OpenAI({ apiKey: 'x', baseURL: `${stage.model.url}/v1`, maxRetries: 0 });
    const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient }), tracingDisabled: true });
    const agent = new Agent({
      name: 'Support',
      model: 'stand-in',
      instructions: 'Help.',
      tools: await openaiAgentsTools(user, { ...options, ...more }),
    });
    return String((await runner.run(agent, prompt)).finalOutput);
  };
