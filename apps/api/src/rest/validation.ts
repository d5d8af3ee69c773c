import { AppError, type FieldError } from '#app/kernel';
import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { shortened } from '../shortened.js';

/** Longer than the name of any field of ours. One that is not known is as long as its sender likes, and would come back twice. */
const FIELD_BYTES = 100;

/** Checks every body and query against its DTO: unknown fields are refused, nothing is converted behind the caller's back. */
export const createValidationPipe = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error))),
  });

export function invalidRequest(errors: readonly FieldError[]): AppError {
  const first = errors[0];
  return new AppError(
    'invalid_arguments',
    first === undefined ? 'The request is not valid.' : `${first.field}: ${first.message}`,
    {
      errors,
    },
  );
}

function fieldErrors(error: ValidationError, parent = ''): FieldError[] {
  const name = shortened(error.property, FIELD_BYTES);
  const field = parent === '' ? name : `${parent}.${name}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({
    field,
    message: withoutName(message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}

const withoutName = (message: string, name: string): string =>
  message.startsWith(`${name} `)
    ? message.slice(name.length + 1)
    : message.replace(`property ${name} should not exist`, 'is not a known field');
