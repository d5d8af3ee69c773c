import { describeLoop } from './agent-loop.js';
import { anthropicMessages, anthropicRunner } from './runs/anthropic.js';
import { googleAdk } from './runs/google-adk.js';
import { langgraph } from './runs/langchain.js';
import { mastra } from './runs/mastra.js';
import { openaiAgents } from './runs/openai-agents.js';
import { openaiChat, openaiResponses, openaiRunTools } from './runs/openai.js';
import { vercel } from './runs/vercel.js';
import { Stage } from './stage.js';

/** Every adapter with the vendor's own package. One Gatehouse for all of them, since it takes the longest to start. */
describe('the adapters', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  const loops = {
    'LangChain and LangGraph': langgraph,
    'OpenAI responses': openaiResponses({}),
    'OpenAI responses in strict mode': openaiResponses({ strict: true }),
    'OpenAI chat completions': openaiChat,
    'OpenAI runTools': openaiRunTools,
    'Anthropic messages': anthropicMessages,
    'the Anthropic tool runner': anthropicRunner,
    'the Google ADK': googleAdk,
    'the Vercel AI SDK': vercel,
    'the OpenAI Agents SDK': openaiAgents({}),
    'the OpenAI Agents SDK in strict mode': openaiAgents({ strict: true }),
    Mastra: mastra,
  };
  for (const [name, run] of Object.entries(loops)) describeLoop(name, run, () => stage);
});
