import { installations, nameFromUrl, type Installation } from '#app/cli';
import { documentOf, escapeHtml, nameOf } from '../../rest/connect/page.js';

/** What a person sees who opens the URL of a server in a browser: how to tell their agent of it. */
export function renderLanding({ name, url }: { readonly name: string; readonly url: string }): string {
  const ways = installations({ name: nameFromUrl(url), url });
  const buttons = ways.flatMap(({ title, link }) => (link === null ? [] : [button(title, link)]));
  const body = `<p>This is an MCP server for ${nameOf(name)}. Your agent asks you to sign in, and then works with your own account:</p>
<p>${buttons.join('\n')}</p>
${ways.map(inTerminal).join('')}<p>Any other one that knows MCP takes the address as it is:</p>
${copyable(url)}`;
  return documentOf({ title: `Connect an agent to ${name}`, mood: 'plain', body });
}

const button = (title: string, link: string): string =>
  `<a class="button" href="${escapeHtml(link)}" rel="noreferrer">Add to ${escapeHtml(title)}</a>`;

const inTerminal = ({ title, command }: Installation): string =>
  command === null ? '' : `<p>For ${escapeHtml(title)}, in a terminal:</p>\n${copyable(command)}\n`;

const copyable = (text: string): string => `<p><code class="copy">${escapeHtml(text)}</code></p>`;
