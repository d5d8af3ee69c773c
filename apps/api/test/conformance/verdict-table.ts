import { isRight, type Verdict } from './referee.js';

export interface Row {
  readonly what: string;
  readonly revision: string;
  readonly verdict: Verdict;
}

const HEAD = ['what is judged', 'revision', 'scenarios', 'right', 'wrong, as expected', 'checks'];

/** What the referee has judged, as docs/mcp.md shows it. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, revision, verdict: { scenarios } }) => {
    const right = scenarios.filter(isRight);
    const checks = scenarios.reduce((sum, { passed }) => sum + passed, 0);
    return [what, revision, scenarios.length, right.length, scenarios.length - right.length, checks].map(String);
  });
  const widths = HEAD.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
