import { GatehouseError } from '../gatehouse-error.js';

const DEFAULT_TOLERANCE_SECONDS = 300;

/** The headers of a request, as `fetch`, Node or a framework holds them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** An event that a webhook tells of. */
export interface WebhookEvent {
  /** Id of the event; the same as the `webhook-id`. */
  readonly id: string;
  /** Such as `connected_account.disconnected`. */
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Options of {@link verifyWebhook}. */
export interface VerifyWebhookOptions {
  /** How far the sender's clock may be from ours. 300 seconds if left out. */
  readonly toleranceSeconds?: number;
  /** Now, in milliseconds; for tests. */
  readonly now?: () => number;
}

/**
 * Checks a webhook (Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`) and returns its event.
 *
 * Hand in the body as it was received, before any parsing: one changed byte is another message. Throws `invalid_webhook`.
 * An event may arrive more than once: its `webhook-id` stays the same.
 *
 * @param secret the endpoint's secret (`whsec_…`), or several while it is being rotated
 */
export async function verifyWebhook(
  secret: string | readonly string[],
  headers: WebhookHeaders,
  body: string | Uint8Array,
  options: VerifyWebhookOptions = {},
): Promise<WebhookEvent> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  assertRecent(timestamp, options);
  const content = typeof body === 'string' ? encoder.encode(body) : body;
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), content);
  const signatures = signaturesIn(headerOf(headers, 'webhook-signature'));
  for (const each of typeof secret === 'string' ? [secret] : secret) {
    const key = await keyOf(each);
    for (const signature of signatures)
      // compares in constant time
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return eventOf(content);
  }
  throw invalid('No signature of this webhook is by the given secret.');
}

const encoder = new TextEncoder();

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

const invalid = (message: string, cause?: unknown): GatehouseError =>
  new GatehouseError('invalid_webhook', message, { cause });

function headerOf(headers: WebhookHeaders, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`The header ${name} is missing or there more than once.`);
}

function assertRecent(timestamp: string, options: VerifyWebhookOptions): void {
  const { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, now = Date.now } = options;
  if (!/^\d{1,12}$/.test(timestamp)) throw invalid('webhook-timestamp is no number of seconds.');
  if (Math.abs(now() / 1000 - Number(timestamp)) > toleranceSeconds)
    throw invalid(`The webhook is older, or newer, than ${toleranceSeconds} seconds: it may be a repeated one.`);
}

/** `v1,<base64>`, several of them separated by spaces; other versions are not for us. */
function signaturesIn(header: string): Uint8Array<ArrayBuffer>[] {
  return header
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => bytesOf(each.slice('v1,'.length)))
    .filter((bytes) => bytes !== null);
}

async function keyOf(secret: string): Promise<Awaited<ReturnType<typeof crypto.subtle.importKey>>> {
  const bytes = bytesOf(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret);
  if (bytes === null || bytes.length === 0) throw new TypeError('secret: must be a webhook secret (whsec_…)');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function eventOf(content: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as WebhookEvent;
  } catch (cause) {
    throw invalid('The signature is right, but the body is not JSON.', cause);
  }
}
