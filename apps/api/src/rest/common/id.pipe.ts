import { AppError, isId } from '#app/kernel';
import type { PipeTransform } from '@nestjs/common';

const KINDS = {
  account: { code: 'account_not_found', what: 'a connected account (ca_…)' },
  connection: { code: 'not_found', what: 'a connection (conn_…)' },
} as const;

/** An id in a path. What can't be an id names nothing: 404, without asking the database. */
export class IdPipe implements PipeTransform<string, string> {
  constructor(private readonly kind: keyof typeof KINDS) {}

  transform(id: string): string {
    if (isId(this.kind, id)) return id;
    const { code, what } = KINDS[this.kind];
    throw new AppError(code, `${JSON.stringify(id.slice(0, 100))} is not the id of ${what}.`);
  }
}
