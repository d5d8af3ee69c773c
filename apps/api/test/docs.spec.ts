import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment, projectRoot } from '#app/config';
import { ERROR_CATALOGUE } from '#app/kernel';
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
