import { AppError } from '#app/kernel';

/**
 * What of a request's headers is not for the provider: our own, the credential of the API client, what frames the message or
 * speaks of the connection, and what tells of the network that it came through.
 */
const NOT_SENT =
  /^(:.*|authorization|connection[-_]name|identifier|x-sdk-version|x-api-version|host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|expect|keep-alive|user-agent|accept-encoding|cookie2?|via|forwarded|x-forwarded-.*|x-real-ip|x-http-method.*|x-method-override|x-request-id|traceparent|tracestate|baggage|origin|referer|proxy-.*|sec-.*|access-control-.*)$/;

/** What of an answer's headers is about the provider's own connection, its cookies or its browsers. */
const NOT_RETURNED =
  /^(connection|content-length|content-encoding|transfer-encoding|te|trailer|upgrade|keep-alive|set-cookie2?|www-authenticate|alt-svc|strict-transport-security|content-security-policy.*|x-content-type-options|x-request-id|access-control-.*|proxy-.*|report-to|nel)$/;

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PRINTABLE = /^[\t\x20-\x7e]*$/;
const MAX_BYTES = 8 * 1024;

export type GivenHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The headers that go on to the provider. Throws `invalid_arguments` for one that can't be sent. */
export function headersToSend(given: GivenHeaders): Record<string, string> {
  const sent = Object.entries(given).flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase();
    if (value === undefined || NOT_SENT.test(lower)) return [];
    return [[lower, checked(lower, typeof value === 'string' ? value : value.join(', '))]];
  });
  if (sent.reduce((size, [name, value]) => size + name.length + value.length, 0) > MAX_BYTES)
    throw invalid('headers', `are longer than ${MAX_BYTES} bytes together`);
  return Object.fromEntries(sent);
}

/** The headers of the provider's answer that go back to the caller. */
export const headersToReturn = (given: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !NOT_RETURNED.test(name)));

function checked(name: string, value: string): string {
  if (NAME.test(name) && PRINTABLE.test(value)) return value;
  throw invalid(`headers.${name.slice(0, 100)}`, 'holds a character that a header can not have');
}

const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_arguments', `${field} ${message}.`, { errors: [{ field, message }] });
