import { checkHistory, type HistoryEvent, type Violation } from './history-checker.js';

const call = (name: string, account = 'a'): HistoryEvent => ({ kind: 'call_began', call: name, account });
const arrived = (name: string): HistoryEvent => ({ kind: 'arrived', call: name });
const ended = (name: string, as: 'done' | 'refused' | 'failed'): HistoryEvent => ({
  kind: 'call_ended',
  call: name,
  as,
});
type Change = Extract<HistoryEvent, { change: string }>['change'];
const began = (change: Change, account = 'a'): HistoryEvent => ({ kind: 'began', change, account });
const returned = (change: Change, account = 'a'): HistoryEvent => ({ kind: 'returned', change, account });
const change = (which: Change, account = 'a'): HistoryEvent[] => [began(which, account), returned(which, account)];

const rules = (...history: (HistoryEvent | HistoryEvent[])[]): Violation['rule'][] =>
  checkHistory(history.flat()).map(({ rule }) => rule);

describe('checkHistory', () => {
  it('accepts calls before a revoke, and refusals after it', () => {
    expect(
      rules(call('1'), arrived('1'), ended('1', 'done'), change('revoke'), call('2'), ended('2', 'refused')),
    ).toEqual([]);
  });

  it('finds a call that began after the revoke had returned and was sent', () => {
    expect(rules(change('revoke'), call('1'), arrived('1'), ended('1', 'done'))).toEqual(['sent_after_revoke']);
  });

  it('finds it also when the caller was told that it failed', () => {
    expect(rules(change('revoke'), call('1'), arrived('1'), ended('1', 'failed'))).toEqual(['sent_after_revoke']);
  });

  it('lets a call finish that was on its way when the revoke began', () => {
    expect(rules(call('1'), change('revoke'), arrived('1'), ended('1', 'done'))).toEqual([]);
    expect(rules(began('revoke'), call('1'), returned('revoke'), arrived('1'), ended('1', 'done'))).toEqual([]);
  });

  it('lets a call go that a restore may have let in', () => {
    expect(rules(change('revoke'), call('1'), began('restore'), arrived('1'), ended('1', 'done'))).toEqual([]);
    expect(rules(change('revoke'), call('1'), arrived('1'), change('restore'))).toEqual(['sent_after_revoke']);
  });

  it('finds a refusal of an account that was usable all the time', () => {
    expect(rules(call('1'), ended('1', 'refused'))).toEqual(['refused_while_active']);
    expect(rules(change('revoke'), change('restore'), call('1'), ended('1', 'refused'))).toEqual([
      'refused_while_active',
    ]);
  });

  it('takes a refusal for right when a revoke was under way', () => {
    expect(rules(call('1'), began('revoke'), ended('1', 'refused'))).toEqual([]);
    expect(rules(call('1'), change('revoke'), change('restore'), ended('1', 'refused'))).toEqual([]);
  });

  it('does not let a refresh or a rotation refuse a call', () => {
    expect(rules(began('refresh'), call('1'), returned('refresh'), ended('1', 'refused'))).toEqual([
      'refused_while_active',
    ]);
    expect(rules(call('1'), change('rotate'), ended('1', 'refused'))).toEqual(['refused_while_active']);
  });

  it('does not let a revoke of one account touch another', () => {
    expect(rules(change('revoke', 'b'), call('1'), ended('1', 'refused'))).toEqual(['refused_while_active']);
    expect(rules(change('revoke', 'b'), call('1'), arrived('1'), ended('1', 'done'))).toEqual([]);
  });

  it('finds a refused call that had been sent', () => {
    expect(rules(began('revoke'), call('1'), arrived('1'), ended('1', 'refused'))).toEqual(['sent_by_refused_call']);
  });

  it('claims nothing after changes that overlapped, until the next one', () => {
    const overlapping = [began('revoke'), began('restore'), returned('revoke'), returned('restore')];
    expect(rules(overlapping, call('1'), arrived('1'), ended('1', 'done'))).toEqual([]);
    expect(rules(overlapping, call('1'), ended('1', 'refused'))).toEqual([]);
    expect(rules(overlapping, change('revoke'), call('1'), arrived('1'))).toEqual(['sent_after_revoke']);
  });

  it('refuses a history that is none', () => {
    expect(() => checkHistory([arrived('1')])).toThrow('has not begun');
    expect(() => checkHistory([call('1'), call('1')])).toThrow('began twice');
  });
});
