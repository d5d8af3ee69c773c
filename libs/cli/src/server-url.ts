const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** What is wrong with the URL of a server, as a sentence; null when nothing is. */
export function problemOfUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    return `"${text}" is not the URL of a server. It looks like https://gatehouse.example.com/intercom.`;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return 'The URL must not have a user, a query or a fragment: it would be in every file and log that the URL gets into.';
  if (url.pathname === '/') return `${text} names no server. Add the connection, as in ${url.origin}/intercom.`;
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return `Use https: a token sent to ${url.host} over plain http can be read on the way.`;
  if (text.endsWith('/'))
    return `Leave out the slash at the end: clients compare the URL to the byte. It is ${text.replace(/\/+$/, '')}.`;
  return null;
}
