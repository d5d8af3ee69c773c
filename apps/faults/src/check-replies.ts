import type { CallRecord } from './client-log.js';
import type { Evidence, OutcomeRecord } from './evidence.js';
import type { Verdict } from './verdict.js';

/** What callers were told, held against the trail. */
export function checkReplies(evidence: Evidence): Verdict[] {
  return [checkRecorded(evidence), checkAgreement(evidence)];
}

/** A success, and an error of a call that got as far as to have an execution. */
const isReply = ({ status, executionId }: CallRecord): boolean => status === 200 || executionId !== null;

const describe = ({ name, status, code }: CallRecord): string => `${name}: ${status} ${code ?? ''}`;

/** Of a success, the outcome that the call itself recorded; of an error, any record. */
function checkRecorded({ calls, outcomes, denials }: Evidence): Verdict {
  const recorded = new Set([...outcomes, ...denials].map(({ executionId }) => executionId));
  const succeeded = new Set(
    outcomes.filter(({ status }) => status === 'success').map(({ executionId }) => executionId),
  );
  const told = calls.filter(isReply);
  const holds = ({ status, executionId }: CallRecord): boolean =>
    (status === 200 ? succeeded : recorded).has(executionId ?? '');
  return {
    statement: 'replies to callers without an outcome record',
    breaches: told.filter((call) => !holds(call)).map(describe),
    looked: `${told.length} replies, ${calls.filter(({ status }) => status === 200).length} of them successes`,
  };
}

/** What is recorded is of this very call, and is what the caller was told. */
function checkAgreement({ calls, intents, outcomes, denials }: Evidence): Verdict {
  const intentOf = byExecution(intents);
  const outcomeOf = byExecution(outcomes);
  const denialOf = byExecution(denials);
  const agrees = (call: CallRecord): boolean => {
    const id = call.executionId ?? '';
    const [intent, outcome, denial] = [intentOf.get(id), outcomeOf.get(id), denialOf.get(id)];
    return (
      (intent === undefined || (intent.name === call.name && intent.identifier === call.account)) &&
      (outcome === undefined || saysSo(outcome, call)) &&
      (denial === undefined || denial.code === call.code)
    );
  };
  const told = calls.filter(isReply);
  const refused = told.filter(({ executionId }) => denialOf.has(executionId ?? '')).length;
  return {
    statement: 'replies to callers that their record contradicts',
    breaches: told.filter((call) => !agrees(call)).map(describe),
    looked: `${told.length} replies, ${refused} of them refusals`,
  };
}

/** An error for which the record came too late is told all the same, and closed as unknown; a success is not told. */
function saysSo({ status, code, source }: OutcomeRecord, call: CallRecord): boolean {
  if (call.status === 200) return status === 'success';
  if (call.code === 'unknown_outcome') return status === 'success' || status === 'unknown';
  return source === 'job' || code === call.code;
}

const byExecution = <T extends { readonly executionId: string }>(records: readonly T[]): Map<string, T> =>
  new Map(records.map((record) => [record.executionId, record]));
