import { GatehouseError, type FieldError } from '../gatehouse-error.js';

/** The error that an answer other than 2xx stands for: a problem document of the server, or something in between. */
export async function errorOf(response: Response): Promise<GatehouseError> {
  const problem = parse(await textOf(response));
  const headers = {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: secondsOf(response.headers.get('retry-after')),
  };
  if (problem === null) return foreign(response, headers);
  return new GatehouseError(problem['code'] as string, textIn(problem, 'detail') ?? `Status ${response.status}.`, {
    ...headers,
    retryAfter: numberIn(problem, 'retry_after') ?? headers.retryAfter,
    requestId: textIn(problem, 'request_id') ?? headers.requestId,
    connectUrl: textIn(problem, 'connect_url'),
    executionId: textIn(problem, 'execution_id'),
    accountStatus: textIn(problem, 'account_status'),
    providerStatus: numberIn(problem, 'provider_status'),
    retryable: problem['retryable'] === true,
    errors: fieldErrorsIn(problem),
    missingScopes: textsIn(problem, 'missing_scopes'),
  });
}

/** What a proxy says on its own never names a code of ours. 502 to 504 pass with time. */
function foreign(
  response: Response,
  headers: { status: number; requestId: string | undefined; retryAfter: number | undefined },
): GatehouseError {
  return new GatehouseError(
    'invalid_response',
    `The answer (status ${response.status}) is not one of Gatehouse. Look at the URL, and at proxies on the way.`,
    { ...headers, retryable: response.status >= 502 && response.status <= 504 },
  );
}

/** An answer that breaks off is no reason to hide its status. */
async function textOf(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch {
    return '';
  }
}

type Members = Readonly<Record<string, unknown>>;

function parse(text: string): Members | null {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) && typeof value['code'] === 'string' ? value : null;
  } catch {
    return null;
  }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textIn(members: Members, name: string): string | undefined {
  const value = members[name];
  return typeof value === 'string' ? value : undefined;
}

function numberIn(members: Members, name: string): number | undefined {
  const value = members[name];
  return typeof value === 'number' ? value : undefined;
}

function textsIn(members: Members, name: string): string[] | undefined {
  const value = members[name];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : undefined;
}

function fieldErrorsIn(members: Members): FieldError[] {
  const errors = members['errors'];
  if (!Array.isArray(errors)) return [];
  return errors
    .filter(isMembers)
    .map((each) => ({ field: textIn(each, 'field') ?? '', message: textIn(each, 'message') ?? '' }));
}

/** `Retry-After` in seconds, of either form. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
