/** Google's Agent Development Kit with Gatehouse's tools. `npm run example -- google-adk` */
import { InMemoryRunner, LlmAgent, LogLevel, setLogLevel } from '@google/adk';
import { adkTools } from '@gatehouse/sdk/google-adk';
import { question, user } from './user.mjs';

setLogLevel(LogLevel.ERROR);
const agent = new LlmAgent({
  name: 'support',
  model: process.env.MODEL ?? 'gemini-2.5-flash',
  instruction: 'Help the user with their conversations.',
  tools: await adkTools(user),
});

const runner = new InMemoryRunner({ agent, appName: 'example' });
const { id: sessionId } = await runner.sessionService.createSession({ appName: 'example', userId: user.identifier });
const newMessage = { role: 'user', parts: [{ text: question }] };
let answer = '';
for await (const event of runner.runAsync({ userId: user.identifier, sessionId, newMessage }))
  answer = event.content?.parts?.map((part) => part.text ?? '').join('') || answer;
console.log(answer);
