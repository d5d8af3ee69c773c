import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConnectors } from '#app/connector-kit';
import { Tiktoken } from 'js-tiktoken/lite';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { shownTools } from './tool-offer.js';

describe('the list of Intercom’s tools', () => {
  it('costs a model what the documentation says', () => {
    const connector = loadConnectors([join(process.cwd(), 'libs/connectors')]).get('intercom');
    if (connector === null) throw new Error('There is no Intercom');
    const tools = [...shownTools(connector).values()];
    const tokens = new Tiktoken(o200k).encode(JSON.stringify({ tools })).length;
    const page = readFileSync(join(process.cwd(), 'docs/mcp.md'), 'utf8');
    expect(page).toContain(`${tokens.toLocaleString('en-US')} tokens for ${tools.length} tools`);
  });
});
