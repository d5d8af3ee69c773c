import { ACCOUNT_ID, PLAIN_TEXT } from '../common/dto.js';
import { isVacant } from '../common/unsupported.js';
import type { ExecuteToolDto } from './execute.dto.js';

type Check = (value: unknown) => boolean;

const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most && PLAIN_TEXT.test(value);

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);

const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const toolName = text(100);
const identifier = optional(text(100));
const params = optional(isObject);
const accountId = optional((value) => typeof value === 'string' && ACCOUNT_ID.test(value));
const connector = optional(text(400));
const organization = optional(text(32));
const run = optional(text(255));
const toolset = optional((value) => Array.isArray(value) && value.length <= 500 && value.every(toolName));

/** One for every field of {@link ExecuteToolDto}: the compiler asks for those that are missing. */
const CHECKS: Readonly<Record<keyof ExecuteToolDto, Check>> = {
  tool_name: (value) => toolName(value) && /\S/.test(value as string),
  identifier,
  params,
  connected_account_id: accountId,
  connector,
  organization_id: organization,
  user_id: isVacant,
  agent_run_id: run,
  toolset,
};

/**
 * Whether it is plain to see that a body obeys {@link ExecuteToolDto}.
 *
 * Validation by decorators costs more than the rest of a call. This accepts nothing that they refuse, which a test holds; whatever
 * it does not accept is theirs to judge, so that there is one definition and one wording of what is wrong. Null is absent.
 */
export function isPlainCall(body: unknown): body is ExecuteToolDto {
  if (!isObject(body)) return false;
  const given = body as Readonly<Record<string, unknown>>;
  for (const name in given)
    if (!Object.hasOwn(CHECKS, name) || !CHECKS[name as keyof ExecuteToolDto](given[name])) return false;
  return given['tool_name'] !== undefined;
}
