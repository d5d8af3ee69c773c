import { InMemoryRunner, LlmAgent, LogLevel, setLogLevel } from '@google/adk';
import { adkTools } from '../../src/adapters/google-adk.js';
import type { Run } from '../agent-loop.js';

setLogLevel(LogLevel.ERROR);

export const googleAdk: Run = async (stage, user, prompt, options) => {
  // there is no option for either
  process.env['GOOGLE_GEMINI_BASE_URL'] = stage.model.url;
  process.env['GOOGLE_API_KEY'] = 'x';
  const agent = new LlmAgent({
    name: 'support',
    model: 'gemini-2.5-flash',
    instruction: 'Help.',
    tools: await adkTools(user, options),
  });
  const runner = new InMemoryRunner({ agent, appName: 'test' });
  const session = await runner.sessionService.createSession({ appName: 'test', userId: user.identifier });
  const newMessage = { role: 'user', parts: [{ text: prompt }] };
  let answer = '';
  for await (const event of runner.runAsync({ userId: user.identifier, sessionId: session.id, newMessage }))
    answer = event.content?.parts?.map((part) => part.text ?? '').join('') || answer;
  return answer;
};
