/** What a tool takes: its arguments, each with a description. */
export type ToolArguments = Readonly<Record<string, string>>;

/** Something that the client is asked, in the provider's words. */
export type Question =
  | { readonly ask: 'form'; readonly key: string; readonly text: string; readonly field: string; readonly type: string }
  | { readonly ask: 'model'; readonly key: string; readonly text: string }
  | { readonly ask: 'roots'; readonly key: string };

/** What the provider of the fixture answers to a tool. What is left out arrives as null. */
export interface FixtureAnswer {
  readonly kind: string;
  /** Shown as the door shows every result. */
  readonly text?: string;
  /** Shown as it stands. */
  readonly content?: readonly object[];
  /** Of a resource. */
  readonly contents?: readonly object[];
  /** Of a prompt. */
  readonly messages?: readonly object[];
  /** Of a hundred. */
  readonly progress?: readonly number[];
  readonly log?: readonly string[];
  /** What the client is asked, one round after the other, before the result is complete. */
  readonly rounds?: readonly (readonly Question[])[];
  /** Whether the state between the rounds goes along, sealed. */
  readonly sealed?: boolean;
  /** Whether what the client has not declared is left out instead of insisted on. */
  readonly declaredOnly?: boolean;
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const text = (value: string): object => ({ type: 'text', text: value });
const image = { type: 'image', data: PNG, mimeType: 'image/png' };
const document = (uri: string, mimeType: string, value: string): object => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
});

const form = (key: string, question: string, field: string, type = 'string'): Question => ({
  ask: 'form',
  key,
  text: question,
  field,
  type,
});
const model = (key: string, question: string): Question => ({ ask: 'model', key, text: question });
const roots: Question = { ask: 'roots', key: 'client_roots' };
const confirm = form('confirm', 'Please confirm', 'ok', 'boolean');
const userName = form('user_name', 'What is your name?', 'name');
const greeting = model('greeting', 'Generate a greeting');

const done = (kind: string): FixtureAnswer => ({ kind, text: 'It is done.' });
const rounds = (...each: readonly (readonly Question[])[]): FixtureAnswer => ({ ...done('rounds'), rounds: each });

const user = (content: object): object => ({ role: 'user', content });

/** The prompts, and what each takes. */
export const PROMPTS: Readonly<Record<string, ToolArguments>> = {
  test_simple_prompt: {},
  test_prompt_with_arguments: { arg1: 'The first', arg2: 'The second' },
  test_prompt_with_embedded_resource: { resourceUri: 'What is embedded' },
  test_prompt_with_image: {},
  test_input_required_result_prompt: {},
};

export const RESOURCES: Readonly<Record<string, string>> = {
  'test://static-text': 'text/plain',
  'test://static-binary': 'image/png',
};

export const TEMPLATE = 'test://template/{id}/data';

/** By name, what each takes. */
export const TOOLS: Readonly<Record<string, ToolArguments>> = {
  test_simple_text: {},
  test_image_content: {},
  test_audio_content: {},
  test_embedded_resource: {},
  test_multiple_content_types: {},
  test_tool_with_logging: {},
  test_logging_tool: {},
  test_error_handling: {},
  test_tool_with_progress: {},
  test_streaming_elicitation: {},
  test_missing_capability: {},
  test_input_required_result_elicitation: {},
  test_input_required_result_sampling: {},
  test_input_required_result_list_roots: {},
  test_input_required_result_request_state: {},
  test_input_required_result_multiple_inputs: {},
  test_input_required_result_multi_round: {},
  test_input_required_result_tampered_state: {},
  test_input_required_result_capabilities: {},
  test_trigger_tool_change: {},
  test_trigger_prompt_change: {},
  test_resource_read: { uri: 'URI of the resource' },
  test_prompt_get: { name: 'Name of the prompt', first: 'Its first argument', second: 'Its second argument' },
  json_schema_2020_12_tool: {},
};

/** Those that change something. */
export const WRITES: ReadonlySet<string> = new Set(['test_trigger_tool_change', 'test_trigger_prompt_change']);

type Given = Readonly<Record<string, string | undefined>>;

const ANSWERS: Readonly<Record<string, FixtureAnswer | ((given: Given) => FixtureAnswer | null)>> = {
  test_simple_text: { kind: 'text', text: 'This is a simple text response for testing.' },
  test_image_content: { kind: 'image', content: [image] },
  test_audio_content: { kind: 'audio', content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] },
  test_embedded_resource: {
    kind: 'resource',
    content: [document('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  },
  test_multiple_content_types: {
    kind: 'mixed',
    content: [
      text('Multiple content types test:'),
      image,
      document('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  },
  test_tool_with_logging: {
    ...done('log'),
    log: ['Tool execution started', 'Tool processing data', 'Tool execution completed'],
  },
  test_logging_tool: { ...done('log'), log: ['Tool execution started'] },
  test_tool_with_progress: { ...done('progress'), progress: [0, 50, 100] },
  test_streaming_elicitation: rounds([confirm]),
  test_missing_capability: rounds([model('question', 'Say something')]),
  test_input_required_result_elicitation: rounds([userName]),
  test_input_required_result_sampling: rounds([model('capital_question', 'What is the capital of France?')]),
  test_input_required_result_list_roots: rounds([roots]),
  test_input_required_result_request_state: { ...rounds([confirm]), text: 'state-ok', sealed: true },
  test_input_required_result_multiple_inputs: { ...rounds([userName, greeting, roots]), sealed: true },
  test_input_required_result_multi_round: {
    ...rounds(
      [form('step1', 'Step 1: What is your name?', 'name')],
      [form('step2', 'Step 2: What is your favorite color?', 'color')],
    ),
    sealed: true,
  },
  test_input_required_result_tampered_state: { ...rounds([confirm]), sealed: true },
  test_input_required_result_capabilities: { ...rounds([userName, greeting]), declaredOnly: true },
  test_trigger_tool_change: done('trigger'),
  test_trigger_prompt_change: done('trigger'),
  json_schema_2020_12_tool: done('schema'),
  test_resource_read: ({ uri = '' }) => {
    const contents = contentsOf(uri);
    return contents === null ? null : { kind: 'resource', contents: [contents] };
  },
  test_prompt_get: ({ name = '', first = '', second = '' }) => promptOf(name, first, second),
};

function contentsOf(uri: string): object | null {
  if (uri === 'test://static-text')
    return { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' };
  if (uri === 'test://static-binary') return { uri, mimeType: 'image/png', blob: PNG };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return null;
  const data = { id, templateTest: true, data: `Data for ID: ${id}` };
  return { uri, mimeType: 'application/json', text: JSON.stringify(data) };
}

function promptOf(name: string, first: string, second: string): FixtureAnswer | null {
  switch (name) {
    case 'test_simple_prompt':
      return { kind: 'prompt', messages: [user(text('This is a simple prompt for testing.'))] };
    case 'test_prompt_with_arguments':
      return {
        kind: 'prompt',
        messages: [user(text(`Prompt with arguments: arg1='${first}', arg2='${second}'`))],
      };
    case 'test_prompt_with_embedded_resource':
      return {
        kind: 'prompt',
        messages: [
          user(document(first, 'text/plain', 'Embedded resource content for testing.')),
          user(text('Please process the embedded resource above.')),
        ],
      };
    case 'test_prompt_with_image':
      return { kind: 'prompt', messages: [user(image), user(text('Please analyze the image above.'))] };
    case 'test_input_required_result_prompt':
      return {
        kind: 'prompt',
        rounds: [[form('user_context', 'What context should the prompt use?', 'context')]],
        messages: [user(text('Use the context that was given.'))],
      };
    default:
      return null;
  }
}

/** What the provider says to a call of a tool; null for what there is not. */
export function answerOf(tool: string, given: Given): FixtureAnswer | null {
  const answer = ANSWERS[tool];
  return typeof answer === 'function' ? answer(given) : (answer ?? null);
}
