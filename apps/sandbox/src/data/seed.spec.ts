import { longWaiting } from './top-up.js';
import { seedState } from './seed.js';
import { Store } from '../store/store.js';
import type { Conversation } from '../store/model.js';
import { NORTHWIND } from './workspaces.js';

const NOW = Date.UTC(2026, 10, 23, 15, 0, 0) / 1000;

describe('the seed', () => {
  const state = seedState(NOW);
  const inNorthwind = state.conversations.filter((conversation) => conversation.workspaceId === NORTHWIND);

  it('is the same every time', () => {
    expect(seedState(NOW)).toEqual(state);
  });

  it('moves with the clock, and keeps ids, texts and states', () => {
    const later = seedState(NOW + 86_400 * 365);
    const shape = ({ id, title, state: status, source, adminAssigneeId }: Conversation): unknown[] => [
      id,
      title,
      status,
      source.body,
      adminAssigneeId,
    ];
    expect(later.conversations.map(shape)).toEqual(state.conversations.map(shape));
    expect(later.conversations[0]?.createdAt).toBe((state.conversations[0]?.createdAt as number) + 86_400 * 365);
  });

  it('has the same answer to the first prompt at any time of the day and year', () => {
    for (const now of [NOW, NOW + 7 * 3600, NOW + 86_400 * 200]) {
      const store = new Store(seedState(now), { now: () => now * 1000 }, () => undefined);
      expect(longWaiting(store).map((conversation) => conversation.id)).toEqual(
        state.conversations.slice(0, 8).map((c) => c.id),
      );
    }
  });

  it('has near misses of that answer', () => {
    const high = inNorthwind.filter((c) => c.state === 'open' && c.priority === 'high');
    expect(high.some((c) => c.adminAssigneeId === 0 && (c.waitingSince as number) > NOW - 4 * 3600)).toBe(true);
    expect(
      high.some((c) => c.adminAssigneeId !== 0 && c.waitingSince !== null && c.waitingSince < NOW - 4 * 3600),
    ).toBe(true);
    expect(inNorthwind.some((c) => c.priority === 'urgent' && c.adminAssigneeId === 0 && c.state === 'open')).toBe(
      true,
    );
  });

  it('is large and varied enough', () => {
    expect(inNorthwind.length).toBeGreaterThan(300);
    expect(state.contacts.length).toBeGreaterThan(150);
    for (const status of ['open', 'closed', 'snoozed'])
      expect(inNorthwind.filter((c) => c.state === status).length).toBeGreaterThan(30);
    expect(new Set(inNorthwind.map((c) => c.priority)).size).toBe(5);
    expect(inNorthwind.filter((c) => c.rating?.score === 1).length).toBeGreaterThan(0);
    expect(inNorthwind.filter((c) => c.rating !== null && c.rating.score === null).length).toBeGreaterThan(0);
    expect(inNorthwind.filter((c) => c.title === null).length).toBeGreaterThan(10);
  });

  it('refers only to what exists', () => {
    const contacts = new Set(state.contacts.map((contact) => contact.id));
    const companies = new Set([null, ...state.companies.map((company) => company.id)]);
    const admins = new Set([0, ...state.teammates.map((teammate) => Number(teammate.id))]);
    const teams = new Set([0, ...state.teams.map((team) => Number(team.id))]);
    const tags = new Set(state.tags.map((tag) => tag.id));
    for (const c of state.conversations) {
      const known = [
        contacts.has(c.contactIds[0] as string),
        companies.has(c.companyId),
        admins.has(c.adminAssigneeId),
        teams.has(c.teamAssigneeId),
      ];
      expect([c.id, known, c.tagIds.every((id) => tags.has(id))]).toEqual([c.id, [true, true, true, true], true]);
    }
  });

  it('has unique ids and times in order', () => {
    for (const list of [state.conversations, state.contacts, state.companies, state.teammates, state.tags]) {
      expect(new Set(list.map((item) => item.id)).size).toBe(list.length);
    }
    for (const c of state.conversations) {
      const times = [c.createdAt, ...c.parts.map((part) => part.createdAt), NOW];
      expect([c.id, times]).toEqual([c.id, times.toSorted((a, b) => a - b)]);
      expect(c.waitingSince ?? NOW).toBeGreaterThanOrEqual(c.createdAt);
    }
  });

  it('leaves no placeholder in a text', () => {
    const texts = inNorthwind.flatMap((c) => [c.title ?? '', c.source.body, ...c.parts.map((part) => part.body ?? '')]);
    expect(
      texts.filter((text) => /\{(month|day|plan|amount|invoice|company|count|order|browser)\}/.test(text)),
    ).toEqual([]);
  });
});
