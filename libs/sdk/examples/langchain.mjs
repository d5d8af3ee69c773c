/** LangGraph with Gatehouse's tools. `npm run example -- langchain` */
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { langchainTools } from '@gatehouse/sdk/langchain';
import { question, user } from './user.mjs';

const agent = createReactAgent({
  llm: new ChatOpenAI({ model: process.env.MODEL ?? 'gpt-5-mini' }),
  tools: await langchainTools(user),
});

const { messages } = await agent.invoke({ messages: [{ role: 'user', content: question }] });
console.log(messages.at(-1).text);
