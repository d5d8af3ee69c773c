import type { OfferedTool } from './tool-offer.js';

/**
 * To which set a tool belongs, for URLs that end in `/x/{tool-set}`: what its name says that it is about, in the plural.
 * `intercom_conversation_get` and `intercom_conversations_list` belong to `conversations`.
 */
export function toolSetOf({ tool, connector }: Pick<OfferedTool, 'tool' | 'connector'>): string {
  const prefix = `${connector.id.replaceAll('-', '_')}_`;
  const noun = tool.name.slice(prefix.length).split('_', 1)[0] ?? '';
  return noun.endsWith('s') ? noun : `${noun}s`;
}

/** The sets that there are behind a URL, in the order of their tools. */
export const toolSetsOf = (tools: readonly OfferedTool[]): string[] => [
  ...new Set(tools.map((each) => toolSetOf(each))),
];
