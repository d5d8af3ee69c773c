const BEFORE_PATH = /^https?:\/\/[^/?#]*/i;

/**
 * The target of a request without the scheme and host that it may begin with (RFC 9112, 3.2.2). The router leaves them out by
 * itself; whoever reads the path from the URL would take another part of it for the path.
 */
export function originForm(url: string): string {
  const path = url.replace(BEFORE_PATH, '');
  return path.startsWith('/') || path.startsWith('*') ? path : `/${path}`;
}
