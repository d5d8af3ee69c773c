import type { Json } from '#app/kernel';
import type { InputSchema } from '../arguments/compile-arguments.js';
import type { HttpSettings } from '../connector.js';
import { isJsonObject } from '../json/json-values.js';
import { compileProjection, pathOf } from '../projection/compile-projection.js';
import type { Lookup } from '../run/look-up.js';
import { compileRequest } from '../run/request-plan.js';
import type { Step } from '../run/step.js';
import { compileCondition } from '../template/conditions.js';
import type { Presence, Variables } from '../template/variables.js';
import type { LookupManifest, StepManifest } from './manifest.js';
import type { ManifestPlace } from './manifest-error.js';

interface Context {
  readonly http: HttpSettings;
  readonly input: InputSchema;
  readonly variables: Variables;
}

/** Compiles the steps of a tool; each may use the outputs of those before it. */
export function compileSteps(
  raw: readonly StepManifest[],
  context: Context,
  place: ManifestPlace,
): { steps: Step[]; outputs: Variables } {
  let outputs: Variables = {};
  const steps = raw.map((step, index) => {
    const here = place.at(index);
    if (Object.hasOwn(outputs, step.id)) throw here.at('id').error(`“${step.id}” is taken.`, 'Choose another id.');
    const compiled = compileStep(step, { ...context, variables: { ...context.variables, steps: outputs } }, here);
    outputs = { ...outputs, [step.id]: outputVariables(step) };
    return compiled;
  });
  return { steps, outputs };
}

function compileStep(step: StepManifest, { http, input, variables }: Context, place: ManifestPlace): Step {
  if (step.request.method !== 'GET') {
    throw place.at('request', 'method').error('A step only reads.', 'Use GET, and write in the tool’s own request.');
  }
  return {
    id: step.id,
    when: step.when === undefined ? null : compileCondition(step.when, variables, place.at('when')),
    request: compileRequest(step.request, { http, write: false }, variables, place.at('request')),
    lookup: step.lookup === undefined ? null : compileLookup(step.lookup, input, place.at('lookup')),
    project: compileProjection(step.output, variables, place.at('output')),
  };
}

function outputVariables({ output, when }: StepManifest): Variables | Presence {
  if (!isJsonObject(output) || output.$each !== undefined || output.$at !== undefined) return 'open';
  const presence: Presence = when === undefined ? 'always' : 'maybe';
  return Object.fromEntries(Object.keys(output).map((name) => [name, presence]));
}

function compileLookup(lookup: LookupManifest, input: InputSchema, place: ManifestPlace): Lookup {
  if (!Object.hasOwn(input.properties, lookup.argument)) {
    throw place.at('argument').error(`“${lookup.argument}” is not an argument.`, 'Name a property of input.');
  }
  const path = (name: string, text: Json) => pathOf(text, place.at(name));
  return {
    items: path('items', lookup.items),
    argument: lookup.argument,
    keys: lookup.keys.map((key, index) => pathOf(key, place.at('keys', index))),
    noun: lookup.noun,
    id: path('id', lookup.id),
    name: path('name', lookup.name),
  };
}
