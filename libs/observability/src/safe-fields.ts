/**
 * Fields of a log line that are numbers and names of ours, none of which can hold a secret: written as they are. For lines that
 * are written so often that searching them for secrets costs more than writing them.
 */
export class SafeFields {
  constructor(readonly fields: Readonly<Record<string, string | number>>) {}
}
