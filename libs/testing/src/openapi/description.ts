import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A schema of OpenAPI 3.0: JSON Schema with `nullable`, and with liberties that the description takes. */
export type OpenApiSchema = { readonly [key: string]: unknown };

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: OpenApiSchema;
}

export interface OpenApiContent {
  readonly content?: Readonly<Record<string, { readonly schema?: OpenApiSchema }>>;
}

export interface OpenApiOperation {
  readonly operationId?: string;
  readonly description?: string;
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: OpenApiContent;
  readonly responses: Readonly<Record<string, OpenApiContent>>;
}

interface OpenApiDocument {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, OpenApiSchema>> };
}

export interface Route {
  readonly method: string;
  /** As in the description: `/conversations/{conversation_id}`. */
  readonly template: string;
  readonly operation: OpenApiOperation;
}

export interface MatchedRoute extends Route {
  /** Values of the path parameters, decoded. */
  readonly values: Readonly<Record<string, string>>;
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head']);

/** An OpenAPI description that has been read, with its operations ready to be matched. */
export class ApiDescription {
  readonly version: string;
  readonly schemas: Readonly<Record<string, OpenApiSchema>>;
  readonly routes: readonly Route[];

  constructor(document: OpenApiDocument) {
    this.version = document.info.version;
    this.schemas = document.components.schemas;
    this.routes = Object.entries(document.paths)
      .flatMap(([template, item]) => routesOf(template, item))
      .toSorted((a, b) => (precedence(a.template) < precedence(b.template) ? -1 : 1));
  }

  /** The operation that a request belongs to: literal segments win over parameters. Null when there is none. */
  match(method: string, path: string): MatchedRoute | null {
    const wanted = path.split('/');
    for (const route of this.routes) {
      if (route.method !== method.toLowerCase()) continue;
      const values = valuesOf(route.template.split('/'), wanted);
      if (values !== null) return { ...route, values };
    }
    return null;
  }
}

export function readDescription(path: string): ApiDescription {
  // The file has keys that a strict reader warns about; the content is what counts.
  return new ApiDescription(parse(readFileSync(path, 'utf8'), { logLevel: 'silent' }) as OpenApiDocument);
}

function routesOf(template: string, item: Readonly<Record<string, unknown>>): Route[] {
  const shared = (item.parameters ?? []) as readonly OpenApiParameter[];
  return Object.entries(item)
    .filter(([method]) => METHODS.has(method))
    .map(([method, value]) => {
      const operation = value as OpenApiOperation;
      return {
        method,
        template,
        operation: { ...operation, parameters: [...shared, ...(operation.parameters ?? [])] },
      };
    });
}

/** Sorts literal segments before parameters, segment by segment: `{` is greater than any letter. */
function precedence(template: string): string {
  return template.replaceAll(/\{[^}]*\}/g, '{');
}

function valuesOf(template: readonly string[], path: readonly string[]): Record<string, string> | null {
  if (template.length !== path.length) return null;
  const values: Record<string, string> = {};
  for (const [index, segment] of template.entries()) {
    const given = path[index] as string;
    const name = /^\{(.*)\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== given : given === '') return null;
    if (name !== undefined) values[name] = decoded(given);
  }
  return values;
}

/** A path that is not well encoded is checked as it was sent. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
