import type { Project } from '../projection/compile-projection.js';
import type { Condition } from '../template/conditions.js';
import type { Lookup } from './look-up.js';
import type { RequestPlan } from './request-plan.js';

/** A read before the request, compiled. */
export interface Step {
  readonly id: string;
  readonly when: Condition | null;
  readonly request: RequestPlan;
  readonly lookup: Lookup | null;
  readonly project: Project;
}
