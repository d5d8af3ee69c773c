import type { JsonObject } from '#app/kernel';

/** Who the provider says a credential is. */
export interface Principal {
  /** The provider's id of the user. */
  readonly id: string;
  /** A name for people, as a rule the email address; not verified and not a key. */
  readonly label: string | null;
  /** The provider's id of the workspace or organisation; null where the provider has none. */
  readonly tenant: string | null;
  /** What access rules decide on (`has_inbox_seat`); a fact that the provider didn't tell is absent or null. */
  readonly facts: JsonObject;
  /** Parameters learned from the identity answer (`region`), to be kept with the account's own. */
  readonly params: JsonObject;
}
