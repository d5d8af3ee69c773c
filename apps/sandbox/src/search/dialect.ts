export type FieldType = 'string' | 'integer' | 'boolean' | 'date';

export const OPERATORS = ['=', '!=', 'IN', 'NIN', '<', '<=', '>', '>=', '~', '!~', '^', '$'] as const;
export type Operator = (typeof OPERATORS)[number];

/** A searchable field of `T`, as Intercom's table of accepted fields lists it. */
export interface SearchField<T> {
  readonly type: FieldType;
  /** The value, null when there is none, or all values of a field that holds several (tags, contacts). */
  readonly get: (item: T) => FieldValue | readonly FieldValue[];
  /** Narrower than what the type allows. */
  readonly operators?: readonly Operator[];
  /** The field is searched word by word (`source.body`). */
  readonly words?: boolean;
}

export type FieldValue = string | number | boolean | null;

/** How one kind of object is searched: conversations and contacts differ. */
export interface SearchDialect<T> {
  readonly operators: Readonly<Record<FieldType, readonly Operator[]>>;
  /** Whether dates are compared to the second, or by calendar day in the workspace's time zone. */
  readonly dates: 'second' | 'day';
  /** Null for a field that cannot be searched. */
  readonly field: (name: string) => SearchField<T> | null;
}

const EQUALITY = ['=', '!=', 'IN', 'NIN'] as const;
const TEXT = [...EQUALITY, '~', '!~', '^', '$'] as const;

/** `<` and `>` include the value itself, for conversations: the description says so. */
export const CONVERSATION_OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  string: TEXT,
  integer: [...EQUALITY, '<', '>'],
  boolean: EQUALITY,
  date: [...EQUALITY, '<', '>'],
};

export const CONTACT_OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  string: TEXT,
  integer: [...EQUALITY, '<', '>', '<=', '>='],
  boolean: EQUALITY,
  date: ['=', '<', '>'],
};
