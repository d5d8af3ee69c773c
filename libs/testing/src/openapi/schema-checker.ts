import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { OpenApiSchema } from './description.js';
import { COMPONENTS_ID, convertAll, toJsonSchema } from './to-json-schema.js';

// A CommonJS module whose types describe the default export of its ES form.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/** More than this says nothing new: one wrong branch of a `oneOf` brings a line for every other branch. */
const MAX_PROBLEMS = 12;

/** Holds values against the schemas of a description. A schema is compiled when it is first needed, and then kept. */
export class SchemaChecker {
  private readonly ajv: Ajv;
  private readonly compiled = new WeakMap<OpenApiSchema, ValidateFunction>();

  constructor(private readonly components: Readonly<Record<string, OpenApiSchema>>) {
    this.ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false });
    addFormats(this.ajv, ['email', 'uuid', 'uri-reference', 'date-time', 'date']);
    // The description's own examples hold `/contacts/{id}/tags` where it says `format: uri`.
    this.ajv.addFormat('uri', this.ajv.formats['uri-reference'] as RegExp);
    this.ajv.addSchema({ $id: COMPONENTS_ID, definitions: convertAll(components, components) });
  }

  /** What is wrong with `value`, each line beginning with `where` and a path inside the value. Empty when it conforms. */
  check(schema: OpenApiSchema, value: unknown, where: string): string[] {
    let validate = this.compiled.get(schema);
    if (validate === undefined) {
      validate = this.ajv.compile(toJsonSchema(schema, this.components));
      this.compiled.set(schema, validate);
    }
    if (validate(value)) return [];
    const problems = new Set((validate.errors ?? []).map((error) => `${where}${describe(error)}`));
    return [...problems].slice(0, MAX_PROBLEMS);
  }
}

function describe({ instancePath, message, keyword, params }: ErrorObject): string {
  const detail = {
    additionalProperties: () => ` (${String(params.additionalProperty)})`,
    enum: () => ` (${(params.allowedValues as unknown[]).join(', ')})`,
  }[keyword as 'enum'];
  return `${instancePath} ${message ?? keyword}${detail?.() ?? ''}`;
}
