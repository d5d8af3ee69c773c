import { AppError, isId, type EventId } from '#app/kernel';

/** The token that continues a list after this event. */
export const pageTokenOf = (id: EventId): string => Buffer.from(id).toString('base64url');

/** The event after which a list continues. Throws `invalid_arguments` for anything that isn't a token of ours. */
export function readPageToken(token: string): EventId {
  const id = Buffer.from(token, 'base64url').toString('latin1');
  if (isId('event', id) && pageTokenOf(id) === token) return id;
  const message =
    'is not valid: pass the next_page_token of the previous page unchanged, or leave it out to start anew';
  throw new AppError('invalid_arguments', `page_token ${message}.`, { errors: [{ field: 'page_token', message }] });
}
