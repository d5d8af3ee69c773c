import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';

interface Manifest {
  readonly version?: string;
  readonly engines?: { readonly node: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(join(projectRoot(), file), 'utf8');
const manifest = (folder: string): Manifest => JSON.parse(read(join(folder, 'package.json'))) as Manifest;
const pinned = (folder: string): Record<string, string> => {
  const { dependencies, devDependencies } = manifest(folder);
  return { ...dependencies, ...devDependencies };
};

describe('what is released together', () => {
  const [server, ...packages] = ['.', 'libs/sdk', 'libs/cli'].map(manifest);

  it('has one version, and needs the same Node', () => {
    for (const { version, engines } of packages) expect([version, engines]).toEqual([server?.version, server?.engines]);
  });

  it('is tried out with the versions of other packages that it is released with', () => {
    const ours = pinned('.');
    for (const folder of ['libs/sdk', 'libs/cli']) {
      const shared = Object.entries(pinned(folder)).filter(([name]) => name in ours);
      expect(shared.length).toBeGreaterThan(0);
      for (const [name, version] of shared) expect([name, version]).toEqual([name, ours[name]]);
    }
  });

  it('is said to be tried out with the clients that it is tried out with', () => {
    const clients: Record<string, [folder: string, name: string]> = {
      'MCP Inspector': ['clients', '@modelcontextprotocol/inspector'],
      'mcp-remote': ['clients', 'mcp-remote'],
      'Claude Code': ['clients', '@anthropic-ai/claude-code'],
      Codex: ['clients', '@openai/codex'],
      'Gemini CLI': ['clients', '@google/gemini-cli'],
      'official TypeScript client 1': ['.', '@modelcontextprotocol/sdk'],
      'official TypeScript client 2': ['.', '@modelcontextprotocol/client'],
      'Google ADK': ['libs/sdk', '@google/adk'],
      "LangChain's MCP adapters": ['libs/sdk', '@langchain/mcp-adapters'],
    };
    const rows = [...read('docs/mcp.md').matchAll(/^\| (.+?) +\| (\d+\.\d+\.\d+) +\|/gm)];
    const said = Object.fromEntries(rows.map(([, client, version]) => [client, version]));
    const used = Object.entries(clients).map(([client, [folder, name]]) => [client, pinned(folder)[name]]);
    expect(said).toEqual(Object.fromEntries(used));
  });
});
