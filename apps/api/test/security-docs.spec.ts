import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';

const root = projectRoot();

/** The ids with which a test or a group of tests begins. */
function idsInTests(): Set<string> {
  const specs = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('spec.ts'))
      .map((file) => join(root, folder, file)),
  );
  const names = specs.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/['"`]((?:[VORENTPA]\d{1,2} )+)\S/g)]);
  return new Set(names.flatMap(([, ids]) => (ids as string).trim().split(' ')));
}

describe('docs/security.md', () => {
  const rows = [
    ...readFileSync(join(root, 'docs/security.md'), 'utf8').matchAll(/^\| ([A-Z]\d[A-Z0-9, ]*?) +\| (\w+) +\|/gm),
  ];
  const stated = rows.flatMap(([, ids, state]) =>
    (ids as string).split(', ').map((id) => [id, state as string] as const),
  );
  const tested = idsInTests();

  it('gives every statement one state', () => {
    expect(new Set(stated.map(([id]) => id)).size).toBe(stated.length);
    expect(stated).toHaveLength(12 + 12 + 6 + 2 + 7 + 4 + 10 + 4);
  });

  it('claims nothing that no test begins with', () => {
    expect(stated.filter(([id, state]) => state !== 'later' && !tested.has(id))).toEqual([]);
  });
});

/** The rows of a table of the page, or the points of a list, below a heading. */
function rowsBelow(heading: string): string[] {
  const [, below = ''] = readFileSync(join(root, 'docs/security.md'), 'utf8').split(heading);
  const [section = ''] = below.split('\n## ');
  if (!section.includes('\n| ')) return section.split('\n- ').slice(1);
  return section.split('\n').filter((line) => /^\| (?!recommendation|attacker|door|-)/.test(line));
}

const named = (row: string): (readonly [file: string, test: string])[] =>
  [...row.replace(/\s+/g, ' ').matchAll(/`([\w./-]+spec\.ts)` “([^”]+)”/g)].map(([, file, test]) => [
    file as string,
    test as string,
  ]);

describe.each([
  ['who is trusted with what', '## Who is trusted with what', 8],
  ['what each attacker can do', "## What each attacker can and can't do", 10],
  ['what each door lets through', '## What each door lets through', 14],
  ['RFC 9700', '## RFC 9700, point by point', 25],
])('docs/security.md on %s', (_, heading, least) => {
  const rows = rowsBelow(heading);

  it('names a test for every row', () => {
    expect(rows.length).toBeGreaterThanOrEqual(least);
    expect(rows.filter((row) => named(row).length === 0)).toEqual([]);
  });

  it('names the file of every test', () => {
    expect(rows.filter((row) => named(row).length !== row.split('“').length - 1)).toEqual([]);
  });

  it('names no test that does not exist', () => {
    const absent = rows.flatMap(named).filter(([file, test]) => {
      const path = join(root, file);
      return !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${test.replaceAll("'", "\\'")}'`);
    });
    expect(absent).toEqual([]);
  });
});
