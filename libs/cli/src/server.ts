/** An MCP server as a client is told of it. */
export interface Server {
  /** What the client calls it. */
  readonly name: string;
  readonly url: string;
  /** The environment variable that holds a token; null when the client signs its user in. */
  readonly tokenEnv: string | null;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export const isServerName = (text: string): boolean => NAME.test(text);

export const isVariableName = (text: string): boolean => VARIABLE.test(text);

/** `https://host/intercom/readonly` is called `intercom-readonly`: whatever tightens a URL makes a server of its own. */
export function nameFromUrl(url: string): string {
  const parts = new URL(url).pathname.split('/').filter((part) => part !== '' && part !== 'mcp' && part !== 'x');
  const name = parts
    .map((part) => part.replaceAll(/%[0-9A-F]{2}/gi, '-').replaceAll(/[^A-Za-z0-9_-]/g, '-'))
    .join('-')
    .replace(/^[-_]+/, '')
    .slice(0, 64);
  return name === '' ? 'gatehouse' : name;
}
