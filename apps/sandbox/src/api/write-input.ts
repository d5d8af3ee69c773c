import { parameterInvalid, parameterMissing } from './errors.js';
import type { Fields } from './request-input.js';

/** A reply as `POST /conversations/{id}/reply` takes it, checked against the description's schemas. */
export type Reply =
  | {
      readonly by: 'admin';
      readonly adminId: string;
      readonly partType: 'comment' | 'note' | 'quick_reply';
      readonly body: string | null;
    }
  | { readonly by: 'contact'; readonly contact: ContactKey; readonly body: string };

export type ContactKey = { readonly field: 'id' | 'email' | 'externalId'; readonly value: string };

/** What `POST /conversations/{id}/parts` takes. */
export type Management =
  | { readonly action: 'close'; readonly adminId: string; readonly body: string | null }
  | { readonly action: 'snoozed'; readonly adminId: string; readonly until: number }
  | { readonly action: 'open'; readonly adminId: string }
  | {
      readonly action: 'assignment';
      readonly adminId: string;
      readonly to: 'admin' | 'team';
      readonly assigneeId: string;
      readonly body: string | null;
    };

export function parseReply(body: Fields): Reply {
  const type = oneOf(body, 'type', ['admin', 'user'] as const);
  if (type === 'user') {
    oneOf(body, 'message_type', ['comment'] as const);
    return { by: 'contact', contact: contactKey(body), body: messageBody(body) };
  }
  const partType = oneOf(body, 'message_type', ['comment', 'note', 'quick_reply'] as const);
  const adminId = text(body, 'admin_id');
  if (partType !== 'quick_reply') return { by: 'admin', adminId, partType, body: messageBody(body) };
  if (!Array.isArray(body.reply_options) || body.reply_options.length === 0) throw parameterMissing('reply_options');
  return { by: 'admin', adminId, partType, body: optionalBody(body) };
}

export function parseManagement(body: Fields, now: number): Management {
  const action = oneOf(body, 'message_type', ['close', 'snoozed', 'open', 'assignment'] as const);
  if (action === 'close') oneOf(body, 'type', ['admin'] as const);
  const adminId = text(body, 'admin_id');
  switch (action) {
    case 'close':
      return { action, adminId, body: optionalBody(body) };
    case 'snoozed':
      return { action, adminId, until: futureTime(body, now) };
    case 'open':
      return { action, adminId };
    default:
      return {
        action,
        adminId,
        to: oneOf(body, 'type', ['admin', 'team'] as const),
        assigneeId: text(body, 'assignee_id'),
        body: optionalBody(body),
      };
  }
}

function contactKey(body: Fields): ContactKey {
  if (body.intercom_user_id !== undefined) return { field: 'id', value: text(body, 'intercom_user_id') };
  if (body.email !== undefined) return { field: 'email', value: text(body, 'email') };
  return { field: 'externalId', value: text(body, 'user_id') };
}

function oneOf<const T extends string>(body: Fields, name: string, allowed: readonly T[]): T {
  if (body[name] === undefined) throw parameterMissing(name);
  if (!allowed.includes(body[name] as T)) throw parameterInvalid(`${name} must be one of: ${allowed.join(', ')}`, name);
  return body[name] as T;
}

/** Ids are strings in the description's schemas; numbers, as some of its examples have them, are refused. */
function text(body: Fields, name: string): string {
  if (body[name] === undefined) throw parameterMissing(name);
  if (typeof body[name] !== 'string' || body[name] === '') throw parameterInvalid(`${name} must be a string`, name);
  return body[name];
}

function messageBody(body: Fields): string {
  if (typeof body.body !== 'string' || body.body.trim() === '') throw parameterInvalid('Body is required', 'body');
  return body.body;
}

function optionalBody(body: Fields): string | null {
  if (body.body === undefined) return null;
  if (typeof body.body !== 'string') throw parameterInvalid('body must be a string', 'body');
  return body.body;
}

function futureTime(body: Fields, now: number): number {
  const until = body.snoozed_until;
  if (until === undefined) throw parameterMissing('snoozed_until');
  if (!Number.isSafeInteger(until) || Number(until) <= now) {
    throw parameterInvalid('snoozed_until must be a time in the future, in epoch seconds', 'snoozed_until');
  }
  return Number(until);
}
