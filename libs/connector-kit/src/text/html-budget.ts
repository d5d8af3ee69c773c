/** Of one text: a message of a thousand tags is a newsletter, and what comes after is clipped anyway. */
const MAX_TAGS_OF_TEXT = 1000;

/**
 * How much HTML one call still converts. A tag takes some microseconds whatever is in it, so a large answer that is nothing but
 * tags would stop the process for seconds.
 */
export class HtmlBudget {
  constructor(
    private tags = 20_000,
    private characters = 500_000,
  ) {}

  /** Where the part of this text ends that may be converted; counts it. Never inside of a tag, unless nothing ends before. */
  admit(html: string): number {
    let end = html.length;
    if (end > this.characters) end = html.lastIndexOf('>', Math.max(0, this.characters - 1)) + 1;
    const most = Math.min(this.tags, MAX_TAGS_OF_TEXT);
    let tags = 0;
    for (let at = html.indexOf('<'); at !== -1 && at < end; at = html.indexOf('<', at + 1)) {
      if (tags === most) end = at;
      else tags += 1;
    }
    this.tags -= tags;
    this.characters -= end;
    return end;
  }
}
