import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Environment, projectRoot } from '#app/config';
import { ERROR_CATALOGUE, type ErrorCode } from '#app/kernel';
import { getMetadataStorage } from 'class-validator';

const read = (file: string): string => readFileSync(join(projectRoot(), file), 'utf8');

describe('docs/errors.md', () => {
  const text = read('docs/errors.md');
  const documented = [...text.matchAll(/^## (\w+)\n\n(\d{3})\./gm)].map(([, code, status]) => [code, Number(status)]);

  it('explains every code of the catalogue, with its status, and no other', () => {
    const catalogue = Object.entries(ERROR_CATALOGUE).map(([code, { status }]) => [code, status]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(catalogue));
  });
});

describe('the error catalogue', () => {
  /** Codes that callers are told of ahead, so that they can be handled before anything raises them. */
  const RESERVED = {
    approval_required: 'approvals come with a later release',
  } as const satisfies Partial<Record<ErrorCode, string>>;

  const CATALOGUE = 'libs/kernel/src/error-catalogue.ts';
  const sources = ['libs', 'apps/api/src']
    .flatMap((folder) =>
      readdirSync(join(projectRoot(), folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !/spec\.ts$|\/test\/|^libs\/testing\//.test(file) && file !== CATALOGUE)
    .map(read);

  /** Thrown, or handed over as the code of a decision or of a provider's failure, which becomes the error's. */
  const isRaised = (code: string): boolean => {
    const raised = new RegExp(`(?:(?:AppError|[fF]ailure)\\(\\s*|\\bcode: |\\breturn )'${code}'`);
    return sources.some((source) => raised.test(source));
  };

  it('holds no code that nothing raises, except those that are reserved', () => {
    const unused = Object.keys(ERROR_CATALOGUE).filter((code) => !isRaised(code));
    expect(unused.toSorted()).toEqual(Object.keys(RESERVED).toSorted());
  });
});

describe('README.md', () => {
  const known = new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(Environment, '', true, false)
      .map(({ propertyName }) => propertyName),
  );
  const documented = new Set([...read('README.md').matchAll(/`([A-Z][A-Z_]{3,})`/g)].map(([, name]) => name as string));

  it('names every environment variable', () => {
    expect([...known].filter((name) => !documented.has(name))).toEqual([]);
  });

  it('names no environment variable that nothing reads', () => {
    const others = new Set([
      'ACTIVE',
      'PENDING_AUTH',
      'PENDING_VERIFICATION',
      'EXPIRED',
      'DISCONNECTED',
      'GATEHOUSE_URL',
      'GATEHOUSE_CLIENT_ID',
      'GATEHOUSE_CLIENT_SECRET',
    ]);
    expect([...documented].filter((name) => !known.has(name) && !others.has(name))).toEqual([]);
  });
});
