/** What the stand-in reads of a request, whatever the vendor. */
export interface Conversation {
  /** The last thing that the user said. */
  readonly prompt: string;
  /** Results of the tools that were called since, as texts. */
  readonly results: readonly string[];
  readonly tools: readonly OfferedTool[];
}

/** A tool as the request offers it. */
export interface OfferedTool {
  readonly name: string;
  readonly required: readonly string[];
}

/** What the stand-in answers. */
export type Turn = { readonly calls: readonly Call[] } | { readonly text: string };

/** A tool that it asks for. */
export interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/**
 * Decides without a model. A line `CALL <tool> <arguments as JSON>` in the prompt is a call, several lines are several calls at
 * once. Without such lines the first tool that needs no arguments is called. When results have come, they are the answer.
 */
export function nextTurn(conversation: Conversation, newId: () => string): Turn {
  const { prompt, results, tools } = conversation;
  if (results.length > 0) return { text: `The tools say: ${results.join('\n')}` };
  const calls = [...prompt.matchAll(/^CALL (\S+) (.+)$/gm)].map(([, name = '', given = '{}']) => ({
    id: newId(),
    name,
    arguments: JSON.parse(given) as unknown,
  }));
  if (calls.length > 0) return { calls };
  const [simple] = tools.filter(({ required }) => required.length === 0);
  return simple === undefined
    ? { text: 'There is no tool that I could call.' }
    : { calls: [{ id: newId(), name: simple.name, arguments: {} }] };
}
