/** The roles that the schema makes: see the first migration. */
export type DatabaseRole = 'gatehouse_app' | 'gatehouse_system';

/** Who connects. No password for a server that lets its clients in by other means (a private socket, a certificate). */
export interface Login {
  readonly user: string;
  readonly password: string | null;
}

/** The same database, entered as somebody else: nothing of the first user is left in it. */
export function urlForLogin(url: string, { user, password }: Login): string {
  const [base = '', query = ''] = splitOnce(url, '?');
  const parameters = new URLSearchParams(query);
  parameters.delete('user');
  parameters.delete('password');
  const [scheme = '', rest = ''] = splitOnce(base, '://');
  const place = rest.replace(/^[^/]*@/, '');
  // With a socket's folder for a host, the driver reads the user from the query only.
  if (place.startsWith('/')) {
    parameters.set('user', user);
    if (password !== null) parameters.set('password', password);
    return withQuery(`${scheme}://${place}`, parameters);
  }
  const secret = password === null ? '' : `:${encodeURIComponent(password)}`;
  return withQuery(`${scheme}://${encodeURIComponent(user)}${secret}@${place}`, parameters);
}

/** What may be printed of a URL: where the database is, never the user's password or options. */
export function describeUrl(url: string): string {
  const [base = '', query = ''] = splitOnce(url, '?');
  const host = new URLSearchParams(query).get('host');
  const place = base.replace(/^[^:]+:\/\//, '').replace(/^.*@/, '');
  return host === null ? place : `${place} on ${host}`;
}

/** Postgres's own clients take a plus for a plus. */
function withQuery(base: string, parameters: URLSearchParams): string {
  const query = parameters.toString().replaceAll('+', '%20');
  return query === '' ? base : `${base}?${query}`;
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
