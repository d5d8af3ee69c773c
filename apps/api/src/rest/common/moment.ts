import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy, isISO8601, isString } from 'class-validator';
import { Optional } from './dto.js';

const DATE_TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** An optional RFC 3339 date-time, as a text: weeks, bare dates and days that don't exist are refused. */
export const OptionalMoment = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', description: `${description}, RFC 3339` }),
    Optional(),
    ValidateBy({
      name: 'moment',
      validator: {
        validate: (value: unknown) => isString(value) && DATE_TIME.test(value) && isISO8601(value, { strict: true }),
        defaultMessage: () => 'must be an RFC 3339 date-time such as 2026-11-23T10:00:00Z',
      },
    }),
  );
