import { AppError } from '#app/kernel';
import { isWebhookEvent, WEBHOOK_EVENTS } from './webhook-events.js';

/** What can be changed of an endpoint; what is absent stays. */
export interface WebhookChanges {
  readonly url?: string | undefined;
  /** Empty means all. */
  readonly events?: readonly string[] | undefined;
  readonly status?: 'enabled' | 'disabled' | undefined;
}

/**
 * Throws `invalid_arguments`, also for an address that the egress policy is known to refuse. Where a name leads is for that policy to
 * say at each delivery.
 *
 * @param refusalOf why the egress policy refuses a URL; null when it does not
 */
export function checkChanges(
  { url, events = [] }: WebhookChanges,
  refusalOf: (url: URL) => string | null = () => null,
): void {
  if (url !== undefined && !isUsable(url))
    throw invalid('url', 'must be an https URL without user name, password or fragment, of at most 2048 characters');
  const refusal = url === undefined ? null : refusalOf(new URL(url));
  if (refusal !== null) throw invalid('url', `could not be delivered to: ${refusal}`);
  const unknown = events.find((each) => !isWebhookEvent(each));
  if (unknown !== undefined) throw invalid('events', `each must be one of ${WEBHOOK_EVENTS.join(', ')}`);
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Plain http only to this machine, which the egress policy lets through when the operator has named it. */
function isUsable(text: string): boolean {
  if (text.length > 2048 || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_arguments', `${field}: ${message}`, { errors: [{ field, message }] });
