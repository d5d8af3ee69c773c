/** Prints the story of the demo and stops it at the first step that does not hold. */
export class Story {
  private step = 0;

  constructor(private readonly print: (line: string) => void) {}

  chapter(title: string): void {
    this.step += 1;
    this.print(`\n${this.step}. ${title}`);
  }

  tell(line: string): void {
    this.print(`   ${line}`);
  }

  /** A claim of the story: shown when it holds, the end of the demo when it does not. */
  holds(claim: string, condition: boolean, found?: unknown): void {
    if (!condition)
      throw new StoryBroken(`${claim}${found === undefined ? '' : `\n   found: ${JSON.stringify(found)}`}`);
    this.print(`   ✓ ${claim}`);
  }
}

export class StoryBroken extends Error {}
