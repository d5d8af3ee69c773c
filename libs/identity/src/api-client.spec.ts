import { PERMISSIONS } from '#app/kernel';
import { assert, option, property, subarray } from 'fast-check';
import { applyChanges, changesWhatItMayDo, rightsBeyond, type Rights } from './api-client.js';

const ALL: Rights = { permissions: PERMISSIONS, allowedTools: null };

describe('rightsBeyond', () => {
  it('finds nothing beyond the same rights, or beyond more', () => {
    expect(rightsBeyond(ALL, ALL)).toEqual([]);
    expect(rightsBeyond(ALL, { permissions: ['tools:read'], allowedTools: ['a'] })).toEqual([]);
    expect(
      rightsBeyond({ permissions: [], allowedTools: ['a', 'b'] }, { permissions: [], allowedTools: ['b'] }),
    ).toEqual([]);
  });

  it('names the permissions and tools that are not held', () => {
    const held: Rights = { permissions: ['tools:read'], allowedTools: ['a'] };
    expect(rightsBeyond(held, { permissions: ['tools:read', 'audit:read'], allowedTools: ['a', 'b'] })).toEqual([
      'audit:read',
      'tool:b',
    ]);
  });

  it('takes "every tool" as more than any list', () => {
    expect(
      rightsBeyond({ permissions: [], allowedTools: ['a'] }, { permissions: [], allowedTools: null }),
    ).toHaveLength(1);
  });

  it('lets no chain of grants end in more than its beginning held', () => {
    const rights = (): ReturnType<typeof subarray<string>> => subarray(['a', 'b', 'c', 'd']);
    const anyRights = property(
      subarray([...PERMISSIONS]),
      option(rights()),
      subarray([...PERMISSIONS]),
      option(rights()),
      (p1, t1, p2, t2) => {
        const first = { permissions: p1, allowedTools: t1 };
        const second = { permissions: p2, allowedTools: t2 };
        if (rightsBeyond(first, second).length > 0) return;
        expect(p2.every((permission) => p1.includes(permission))).toBe(true);
        expect(t1 === null || (t2?.every((tool) => t1.includes(tool)) ?? false)).toBe(true);
      },
    );
    assert(anyRights, { numRuns: 2000 });
  });
});

describe('applyChanges', () => {
  const client = { name: 'n', status: 'active' as const, permissions: ['tools:read' as const], allowedTools: ['a'] };

  it('changes what is given and keeps what is absent', () => {
    expect(applyChanges(client, {})).toEqual(client);
    expect(applyChanges(client, { name: 'm', status: 'disabled' })).toEqual({
      ...client,
      name: 'm',
      status: 'disabled',
    });
    expect(applyChanges(client, { allowedTools: null })).toEqual({ ...client, allowedTools: null });
  });

  it('tells what changes decisions from what does not', () => {
    const changed = (changes: Parameters<typeof applyChanges>[1]): boolean =>
      changesWhatItMayDo(client, applyChanges(client, changes));
    expect(changed({ name: 'other' })).toBe(false);
    expect(changed({ permissions: ['tools:read', 'tools:read'], allowedTools: ['a'] })).toBe(false);
    expect(changed({ status: 'disabled' })).toBe(true);
    expect(changed({ permissions: [] })).toBe(true);
    expect(changed({ permissions: ['tools:read', 'audit:read'] })).toBe(true);
    expect(changed({ allowedTools: null })).toBe(true);
    expect(changed({ allowedTools: [] })).toBe(true);
  });
});
