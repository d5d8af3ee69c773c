import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * Custom methods such as `POST /api/v1/connected_accounts/{id}:disconnect` (the style of the published API). The router would
 * read `:disconnect` as part of the parameter, so within the server the verb is a segment of its own, `/{id}/~disconnect`:
 * controllers declare that, requests are rewritten to it, and the API description shows the public form.
 */
const PUBLIC_FORM = /^(\/api\/v1\/[^?]*[^/?]):([a-z_]+)(?=\?|$)/;
const INTERNAL_FORM = /\/~([a-z_]+)$/;

export const rewriteCustomVerb = (url: string): string => url.replace(PUBLIC_FORM, '$1/~$2');

export function documentCustomVerbs(document: OpenAPIObject): OpenAPIObject {
  const paths = Object.entries(document.paths).map(([path, item]) => [path.replace(INTERNAL_FORM, ':$1'), item]);
  return { ...document, paths: Object.fromEntries(paths) as OpenAPIObject['paths'] };
}
