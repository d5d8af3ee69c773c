import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';

/**
 * A field of the published AgentKit API that we have no meaning for. Absent, null and empty are fine (generated clients send
 * them); a value is refused rather than ignored, since the caller would believe that it has an effect.
 */
export const Unsupported = (reason: string, type: typeof String | typeof Object = String): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type, description: `Only empty: ${reason}` }),
    Transform(({ value }: { value: unknown }) => (isVacant(value) ? undefined : value)),
    IsOptional(),
    ValidateBy({ name: 'unsupported', validator: { validate: isVacant, defaultMessage: () => reason } }),
  );

/** Users are not modelled apart from the tenant's own names for them. */
export const UnsupportedUserId = (): PropertyDecorator => Unsupported('is not supported; use identifier');

/** Nothing but empty texts, lists and objects, at any depth; bodies are not deep. */
export function isVacant(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(isVacant);
}
