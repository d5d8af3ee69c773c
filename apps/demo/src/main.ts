import { findOrStartInstance } from './gatehouse-instance.js';
import { Story, StoryBroken } from './story.js';
import { tellTheStory } from './tell-the-story.js';

/**
 * `npm run demo`: the product's story against a running instance (GATEHOUSE_URL, GATEHOUSE_CLIENT_ID, GATEHOUSE_CLIENT_SECRET)
 * with the sandbox as its provider, or against one that is started for it. Exit code 0 only if every step held.
 */
async function main(): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(
    'Gatehouse: two users connect Intercom, an agent acts as each of them, and everything is checked and recorded.',
  );
  const instance = await findOrStartInstance(process.env);
  try {
    await tellTheStory(instance, new Story(print));
    print('\nEvery step held.');
    return 0;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    print(error instanceof StoryBroken ? `   ✗ ${text}\n\nThe story broke here.` : `\nThe demo failed: ${text}`);
    return 1;
  } finally {
    await instance.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`The demo could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
