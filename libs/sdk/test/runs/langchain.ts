import { HumanMessage } from '@langchain/core/messages';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { langchainTools } from '../../src/adapters/langchain.js';
import type { Run } from '../agent-loop.js';

export const langgraph: Run = async (stage, user, prompt, options) => {
  const llm = new ChatOpenAI({
    apiKey: 'x',
    model: 'stand-in',
    maxRetries: 0,
    configuration: { baseURL: `${stage.model.url}/v1` },
  });
  const agent = createReactAgent({ llm, tools: await langchainTools(user, options) });
  const { messages } = await agent.invoke({ messages: [new HumanMessage(prompt)] });
  return messages.at(-1)?.text ?? '';
};
