import type { Json, JsonObject } from '#app/kernel';
import type { Principal } from '../principal.js';
import type { TextOutlet } from '../text/text-outlet.js';

/** What a template may name, at one moment of one call. */
export interface Scope {
  readonly args: JsonObject;
  readonly account: { readonly principal: Principal | null };
  readonly params: JsonObject;
  readonly vars: JsonObject;
  /** Outputs of the steps that have run. */
  readonly steps: JsonObject;
  /** The element of the `$each` around. */
  readonly item?: Json;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the texts of the result pass; not for templates to name. */
  readonly outlet: TextOutlet;
}

/** Renders one value; undefined means absent: the key that would hold it is dropped. */
export type Render = (scope: Scope) => Json | undefined;
