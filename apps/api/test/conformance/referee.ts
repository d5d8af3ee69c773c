import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';
import { parse } from 'yaml';

const packages = join(projectRoot(), 'conformance/node_modules');
const home = join(packages, '@modelcontextprotocol/conformance');
const NEEDS_NODE = 22;
const MAX_MS = 120_000;

export interface Judged {
  readonly scenario: string;
  readonly passed: number;
  readonly failed: number;
}

export interface Verdict {
  /** 0 when all that is required is right, or wrong as expected. */
  readonly code: number | null;
  readonly output: string;
  readonly scenarios: readonly Judged[];
}

/** Runs the referee to its end. `hear` is told what it says, as it says it. */
export async function referee(
  args: readonly string[],
  hear: (text: string) => void = () => undefined,
): Promise<Verdict> {
  const program = join(home, 'dist/index.js');
  const signal = AbortSignal.timeout(MAX_MS);
  const child = spawn(newerNode(), [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], signal, env: {} });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      hear(text);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, scenarios: scenariosIn(output) };
}

/** Names of the scenarios that a server of a revision has to get right. A run has more: extensions, and what is still discussed. */
export function requiredOf(revision: string): string[] {
  return (parse(readFileSync(join(home, `requirements/${revision}.yaml`), 'utf8')) as { server: string[] }).server;
}

/** The one that is installed beside the referee, where there is one for this machine. */
function newerNode(): string {
  const installed = join(packages, `node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(installed)) return installed;
  if (Number.parseInt(process.versions.node, 10) >= NEEDS_NODE) return process.execPath;
  throw new Error(
    `The referee needs Node ${NEEDS_NODE}, and there is no package of it for this machine: run it with one.`,
  );
}

/** A run of many scenarios has a summary of them; of one alone, a line. */
function scenariosIn(output: string): Judged[] {
  const one = /^Running client scenario '([^']+)'[\s\S]*^Passed: (\d+)\/\d+, (\d+) failed/m.exec(output);
  if (one !== null) return [judged(one)];
  const summary = output.split('=== SUMMARY ===')[1] ?? '';
  return [...summary.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gm)].map(judged);
}

/** What was left out, or came to a warning alone, is not right. */
export const isRight = ({ passed, failed }: Judged): boolean => passed > 0 && failed === 0;

const judged = ([, scenario = '', passed, failed]: RegExpMatchArray): Judged => ({
  scenario,
  passed: Number(passed),
  failed: Number(failed),
});
