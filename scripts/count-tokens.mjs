/**
 * `npm run tokens [-- connector]`: what the list of tools of a connector costs a model, by the tokenizer of current OpenAI models.
 * Counts what the MCP door sends, so annotations too, which most clients leave out.
 */
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { ensure } from './ensure.mjs';
import { inRoot, main, Stop } from './project.mjs';

const built = (path) => import(pathToFileURL(inRoot('dist', path)).href);

await main(async () => {
  const [id = 'intercom'] = process.argv.slice(2);
  await ensure({ dev: true });
  await buildIfStale();
  const [{ loadConnectors }, { shownTools }] = await Promise.all([
    built('libs/connector-kit/src/index.js'),
    built('apps/api/src/mcp/tools/tool-offer.js'),
  ]);
  const [{ Tiktoken }, { default: ranks }] = await Promise.all([
    import('js-tiktoken/lite'),
    import('js-tiktoken/ranks/o200k_base'),
  ]);
  const connector = loadConnectors([inRoot('libs/connectors')]).get(id);
  if (connector === null) throw new Stop(`There is no connector ${id} in libs/connectors.`);
  const encoding = new Tiktoken(ranks);
  const count = (value) => encoding.encode(JSON.stringify(value)).length;
  const tools = [...shownTools(connector).values()];
  for (const tool of tools) process.stdout.write(`${String(count(tool)).padStart(6)}  ${tool.name}\n`);
  process.stdout.write(
    `${String(count({ tools })).padStart(6)}  the list of ${connector.name}: ${tools.length} tools\n`,
  );
  return 0;
});
