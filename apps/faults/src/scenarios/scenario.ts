import type { Stage } from '../stage.js';

/** One kind of fault, played on a stage that others have used before it. */
export interface Scenario {
  /** As `--only` names it. */
  readonly name: string;
  run(stage: Stage): Promise<void>;
}
