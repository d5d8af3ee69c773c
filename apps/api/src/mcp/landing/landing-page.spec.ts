import { renderLanding } from './landing-page.js';

describe('the page of an MCP server', () => {
  it('has a link or a line for every client, and the address itself', () => {
    const page = renderLanding({ name: 'intercom', url: 'https://gate.example/intercom' });
    expect(page.match(/<a class="button" href="[^:"]+/g)).toEqual([
      '<a class="button" href="cursor',
      '<a class="button" href="vscode',
    ]);
    expect(page.match(/<code class="copy">[^<]*/g)?.map((each) => each.slice(19))).toEqual([
      'claude mcp add --transport http intercom https://gate.example/intercom',
      'codex mcp add intercom --url https://gate.example/intercom',
      'gemini mcp add --transport http intercom https://gate.example/intercom',
      'https://gate.example/intercom',
    ]);
  });

  it('escapes whatever a connection is called', () => {
    const name = `"><script>'`;
    const page = renderLanding({ name, url: `https://gate.example/${encodeURIComponent(name)}` });
    expect(page).not.toMatch(/<script|"><s|<(img|link|form|iframe)|src=/);
    expect(page).toContain('<bdi>&quot;&gt;&lt;script&gt;&#39;</bdi>');
    expect(page.match(/href="[^"]*"/g)).toHaveLength(2);
  });
});
