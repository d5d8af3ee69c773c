/** The roles that the schema makes: see the first migration. */
export type DatabaseRole = 'gatehouse_app' | 'gatehouse_system';

/**
 * The same server, entered as a role. A startup option rather than a statement after connecting: there is no moment at which the
 * connection has the owner's rights, and RESET ROLE and DISCARD come back to it.
 */
export function urlForRole(url: string, role: DatabaseRole): string {
  const [base = '', query = ''] = splitOnce(url, '?');
  const parameters = new URLSearchParams(query);
  const options = [parameters.get('options'), `-c role=${role}`].filter(Boolean).join(' ');
  parameters.set('options', options);
  // Postgres's own clients take a plus for a plus.
  return `${base}?${parameters.toString().replaceAll('+', '%20')}`;
}

/** What may be printed of a URL: where the database is, never the user's password or options. */
export function describeUrl(url: string): string {
  const [base = '', query = ''] = splitOnce(url, '?');
  const host = new URLSearchParams(query).get('host');
  const place = base.replace(/^[^:]+:\/\//, '').replace(/^.*@/, '');
  return host === null ? place : `${place} on ${host}`;
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
