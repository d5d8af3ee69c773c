import { parameterInvalid } from '../api/errors.js';
import { NORTHWIND } from '../data/workspaces.js';
import type { Arrival } from '../data/top-up.js';
import { shorten } from '../oauth/grants.js';
import type { AccessToken, Priority, Teammate } from '../store/model.js';
import type { Store } from '../store/store.js';
import { FAULT_KINDS, type FaultKind, type FaultMatch, type FaultRecipe } from './fault-list.js';

type Body = Readonly<Record<string, unknown>>;

export interface FaultOrder {
  readonly recipe: FaultRecipe;
  readonly match: FaultMatch;
  /** Null: until deleted. */
  readonly times: number | null;
  readonly afterEffect: boolean;
}

export function parseFault(input: unknown): FaultOrder {
  const { match = {}, times = null, after_effect: afterEffect = false, ...recipe } = bodyOf(input);
  if (!FAULT_KINDS.includes(recipe.kind as FaultKind)) {
    throw parameterInvalid(`kind must be one of ${FAULT_KINDS.join(', ')}`, 'kind');
  }
  if (times !== null && !(Number.isInteger(times) && Number(times) > 0)) {
    throw parameterInvalid('times must be a positive integer, or absent for "until deleted"', 'times');
  }
  if (afterEffect === true && recipe.kind === 'slow') {
    throw parameterInvalid('a slow request takes effect anyway: leave after_effect out', 'after_effect');
  }
  return {
    recipe: recipe as unknown as FaultRecipe,
    match: bodyOf(match),
    times: times as number | null,
    afterEffect: afterEffect === true,
  };
}

/** Which tokens to revoke: those of a teammate, one by its short or full hash, or all. */
export function parseRevocation(input: unknown): (token: AccessToken) => boolean {
  const { teammate_id: teammateId, token_hash: hash, all } = bodyOf(input);
  if (typeof teammateId === 'string') return (token) => token.teammateId === teammateId;
  if (typeof hash === 'string') return (token) => token.hash === hash || shorten(token.hash) === hash;
  if (all === true) return () => true;
  throw parameterInvalid('name what to revoke: teammate_id, token_hash, or all: true');
}

const PATCHABLE: Readonly<Record<string, { key: keyof Teammate; fits: (value: unknown) => boolean; is: string }>> = {
  has_inbox_seat: { key: 'hasInboxSeat', fits: isBoolean, is: 'a boolean' },
  email_verified: { key: 'emailVerified', fits: isBoolean, is: 'a boolean' },
  away_mode_enabled: { key: 'awayModeEnabled', fits: isBoolean, is: 'a boolean' },
  role: { key: 'role', fits: isRole, is: 'an object {id, name} of strings' },
  team_ids: { key: 'teamIds', fits: isIntegerList, is: 'an array of integers' },
  name: { key: 'name', fits: isString, is: 'a string' },
  email: { key: 'email', fits: isString, is: 'a string' },
};

export function parseTeammatePatch(input: unknown): Partial<Teammate> {
  const patch = Object.entries(bodyOf(input)).map(([name, value]) => {
    const field = PATCHABLE[name];
    if (field === undefined)
      throw parameterInvalid(`${name} cannot be changed; ${Object.keys(PATCHABLE).join(', ')} can`, name);
    if (!field.fits(value)) throw parameterInvalid(`${name} must be ${field.is}`, name);
    return [field.key, value] as const;
  });
  return Object.fromEntries(patch) as Partial<Teammate>;
}

const PRIORITIES: readonly Priority[] = ['none', 'low', 'medium', 'high', 'urgent'];

export function parseArrival(input: unknown, store: Store): Arrival {
  const body = bodyOf(input);
  const workspaceId = body.workspace_id ?? NORTHWIND;
  const priority = body.priority ?? 'high';
  const minutes = body.waiting_minutes ?? 300;
  if (!store.state.workspaces.some((w) => w.id === workspaceId))
    throw parameterInvalid('no such workspace', 'workspace_id');
  if (!PRIORITIES.includes(priority as Priority)) {
    throw parameterInvalid(`priority must be one of ${PRIORITIES.join(', ')}`, 'priority');
  }
  if (typeof minutes !== 'number' || minutes < 0) {
    throw parameterInvalid('waiting_minutes must be a number, 0 or more', 'waiting_minutes');
  }
  return {
    workspaceId: workspaceId as string,
    contactId: isString(body.contact_id) ? (body.contact_id as string) : null,
    priority: priority as Priority,
    waitingSeconds: Math.round(minutes * 60),
    body: isString(body.body) ? (body.body as string) : null,
  };
}

function bodyOf(input: unknown): Body {
  if (input === undefined || input === null) return {};
  if (typeof input !== 'object' || Array.isArray(input)) throw parameterInvalid('the body must be a JSON object');
  return input as Body;
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isRole(value: unknown): boolean {
  const role = value as { id?: unknown; name?: unknown } | null;
  return typeof role === 'object' && role !== null && isString(role.id) && isString(role.name);
}

function isIntegerList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => Number.isInteger(item));
}
