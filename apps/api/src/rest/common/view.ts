import { ApiProperty } from '@nestjs/swagger';

interface More {
  readonly nullable?: true;
  readonly description?: string;
}

/** A member of an answer that is a text. The helpers of this file only describe; nothing is checked or converted. */
export const Text = (description?: string, more: More = {}): PropertyDecorator =>
  ApiProperty({ type: String, ...described(description), ...more });

/** One of a closed set of texts. */
export const OneOf = (values: readonly string[], description?: string): PropertyDecorator =>
  ApiProperty({ type: String, enum: [...values], ...described(description) });

export const Texts = (description?: string): PropertyDecorator =>
  ApiProperty({ type: [String], ...described(description) });

export const Whole = (description?: string, more: More = {}): PropertyDecorator =>
  ApiProperty({ type: 'integer', ...described(description), ...more });

export const Flag = (description?: string): PropertyDecorator =>
  ApiProperty({ type: Boolean, ...described(description) });

/** RFC 3339, UTC. */
export const Moment = (description?: string, more: More = {}): PropertyDecorator =>
  ApiProperty({ type: String, format: 'date-time', ...described(description), ...more });

/** An object whose members depend on the connector, the tool or the event. */
export const OpenObject = (description: string): PropertyDecorator =>
  ApiProperty({ type: 'object', additionalProperties: true, description });

/** The token of the page after, in every list. */
export const NextPageToken = (): PropertyDecorator =>
  Text('page_token of the page after this one; opaque; empty on the last page');

/** Lists that read the database run forwards only; clients of the published API expect the member. */
export const NoPrevPageToken = (): PropertyDecorator =>
  Text('Always empty: this list can be read forwards only. Keep the tokens of the pages you have seen');

const described = (description: string | undefined): More => (description === undefined ? {} : { description });
