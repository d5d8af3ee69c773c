import type { Conversation, Part } from '../store/model.js';
import type { FieldType } from './dialect.js';

/** The statistics that the sandbox can tell from a conversation's parts, with their search types. */
export const STATISTIC_FIELDS: Readonly<Record<keyof Statistics, FieldType>> = {
  time_to_assignment: 'integer',
  time_to_admin_reply: 'integer',
  time_to_first_close: 'integer',
  time_to_last_close: 'integer',
  median_time_to_reply: 'integer',
  first_contact_reply_at: 'date',
  first_assignment_at: 'date',
  first_admin_reply_at: 'date',
  first_close_at: 'date',
  last_assignment_at: 'date',
  last_assignment_admin_reply_at: 'date',
  last_contact_reply_at: 'date',
  last_admin_reply_at: 'date',
  last_close_at: 'date',
  last_closed_by_id: 'string',
  count_reopens: 'integer',
  count_assignments: 'integer',
  count_conversation_parts: 'integer',
};

/** Times are epoch seconds, durations are seconds; what has not happened is left out. */
export interface Statistics {
  time_to_assignment?: number;
  time_to_admin_reply?: number;
  time_to_first_close?: number;
  time_to_last_close?: number;
  median_time_to_reply?: number;
  first_contact_reply_at?: number;
  first_assignment_at?: number;
  first_admin_reply_at?: number;
  first_close_at?: number;
  last_assignment_at?: number;
  last_assignment_admin_reply_at?: number;
  last_contact_reply_at?: number;
  last_admin_reply_at?: number;
  last_close_at?: number;
  last_closed_by_id?: string;
  count_reopens: number;
  count_assignments: number;
  count_conversation_parts: number;
}

export function statisticsOf(conversation: Conversation): Statistics {
  const { parts, createdAt } = conversation;
  const replies = parts.filter((part) => part.type === 'comment' && part.author.type === 'admin');
  const questions = parts.filter((part) => part.type === 'comment' && part.author.type !== 'admin');
  const closes = parts.filter((part) => part.type === 'close');
  const assignments = parts.filter((part) => part.assignedTo !== null);
  return withoutUndefined({
    ...firstAndLast('assignment', assignments),
    ...firstAndLast('admin_reply', replies),
    ...firstAndLast('close', closes),
    first_contact_reply_at: createdAt,
    last_contact_reply_at: questions.at(-1)?.createdAt ?? createdAt,
    last_assignment_admin_reply_at: replyAfter(assignments.at(-1), replies),
    last_closed_by_id: closes.at(-1)?.author.id,
    time_to_assignment: since(createdAt, assignments[0]),
    time_to_admin_reply: since(createdAt, replies[0]),
    time_to_first_close: since(createdAt, closes[0]),
    time_to_last_close: since(createdAt, closes.at(-1)),
    median_time_to_reply: since(createdAt, replies[0]),
    count_reopens: parts.filter((part) => part.type === 'open').length,
    count_assignments: assignments.length,
    count_conversation_parts: parts.length,
  });
}

function firstAndLast(what: string, parts: readonly Part[]): Record<string, number | undefined> {
  return { [`first_${what}_at`]: parts[0]?.createdAt, [`last_${what}_at`]: parts.at(-1)?.createdAt };
}

function replyAfter(assignment: Part | undefined, replies: readonly Part[]): number | undefined {
  return assignment === undefined
    ? undefined
    : replies.find((part) => part.createdAt >= assignment.createdAt)?.createdAt;
}

function since(start: number, part: Part | undefined): number | undefined {
  return part === undefined ? undefined : part.createdAt - start;
}

function withoutUndefined(statistics: Statistics): Statistics {
  return Object.fromEntries(
    Object.entries(statistics).filter(([, value]) => value !== undefined),
  ) as unknown as Statistics;
}
