import type { JsonObject } from '#app/kernel';
import type { Scope } from '../template/scope.js';
import { lookUp } from './look-up.js';
import type { ProviderSession } from './provider-session.js';
import type { Step } from './step.js';

/** Runs the steps whose condition holds, in order, and returns the scope with their outputs. */
export async function runSteps(session: ProviderSession, steps: readonly Step[], start: Scope): Promise<Scope> {
  let scope = start;
  for (const step of steps) {
    if (step.when !== null && !step.when(scope)) continue;
    const answer = await session.call(step.request, step.request.draft(scope));
    const source =
      step.lookup === null ? answer.body : lookUp(step.lookup, answer.body, scope.args, scope.outlet.redact);
    const outputs: JsonObject = { ...scope.steps, [step.id]: step.project(source, scope) };
    scope = { ...scope, steps: outputs };
  }
  return scope;
}
