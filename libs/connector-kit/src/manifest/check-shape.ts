import { Ajv, type ErrorObject } from 'ajv';
import type { Manifest } from './manifest.js';
import { ManifestPlace } from './manifest-error.js';
import { MANIFEST_SCHEMA } from './manifest-schema.js';
import { propertyDefinition } from './tool-schema.js';

const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, verbose: true });
const validate = ajv.compile<Manifest>({ ...MANIFEST_SCHEMA, definitions: { property: propertyDefinition } });

/** @throws ManifestError for the first place whose shape is not that of a manifest */
export function checkShape(value: unknown, file: string): Manifest {
  if (validate(value)) return value;
  const [error] = validate.errors ?? [];
  if (error === undefined)
    throw new ManifestPlace(file).error('The manifest is not valid.', 'Compare it with another one.');
  const place = new ManifestPlace(file).at(...error.instancePath.split('/').slice(1).map(unescapePointer));
  const { problem, remedy } = describe(error);
  throw place.error(problem, remedy);
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function describe(error: ErrorObject): { problem: string; remedy: string } {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = Object.keys(error.parentSchema?.properties ?? {});
      const remedy = known.length === 0 ? 'Remove it.' : `Use ${known.join(', ')}.`;
      return { problem: `“${String(params.additionalProperty)}” is not known here.`, remedy };
    }
    case 'required':
      return { problem: `“${String(params.missingProperty)}” is missing.`, remedy: 'Add it.' };
    case 'enum':
      return {
        problem: 'The value is not one of those allowed.',
        remedy: `Use ${[params.allowedValues].flat().join(', ')}.`,
      };
    case 'const':
      return { problem: 'The value is not the one expected.', remedy: `Write ${String(params.allowedValue)}.` };
    case 'type':
      return { problem: 'The value has the wrong type.', remedy: `Give ${String(params.type)}.` };
    case 'pattern':
      return { problem: 'The value does not have the right form.', remedy: `It must match ${String(params.pattern)}.` };
    default:
      return { problem: `It ${error.message ?? 'is not valid'}.`, remedy: 'Correct it.' };
  }
}
