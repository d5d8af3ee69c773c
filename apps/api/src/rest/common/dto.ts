import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** May be left out; null means left out too, since some clients can't send an absent field. */
export const Optional = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => value ?? undefined),
    IsOptional(),
  );

/** Control characters, line separators and halves of a surrogate pair: Postgres can't store them all, and no log should. */
export const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/** One line of well-formed text; `each` for a list of them. */
export const PlainText = (options: { each?: boolean } = {}): PropertyDecorator =>
  Matches(PLAIN_TEXT, {
    ...options,
    message: 'must be plain text: no control characters (NUL and line ends too), no broken Unicode',
  });

const NotBlank = (): PropertyDecorator => Matches(/\S/, { message: 'must not be empty' });

/** An optional text of a query or body. */
export const OptionalText = (description: string, maxLength = 200): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ description, maxLength }),
    Optional(),
    IsString(),
    PlainText(),
    MaxLength(maxLength),
  );

/** A text that may be left out, but not be empty. */
export const OptionalFilledText = (description: string, maxLength = 200): PropertyDecorator =>
  applyDecorators(OptionalText(description, maxLength), NotBlank());

/** A required text of a body. */
export const RequiredText = (description: string, maxLength = 200): PropertyDecorator =>
  applyDecorators(ApiProperty({ description, maxLength }), IsString(), NotBlank(), PlainText(), MaxLength(maxLength));

export const ACCOUNT_ID = /^ca_[0-9A-Z]{26}$/;

/** The id of a connected account in a query or body. */
export const AccountId = (): PropertyDecorator =>
  Matches(ACCOUNT_ID, { message: 'must be the id of a connected account (ca_…)' });

/** A query parameter that may be repeated: one value becomes a list of one. */
export const RepeatedText = (description: string, maxItems = 100): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ description, type: [String], maxItems }),
    Transform(({ value }: { value: unknown }) => (value === undefined || Array.isArray(value) ? value : [value])),
    IsOptional(),
    IsArray(),
    ArrayMaxSize(maxItems),
    IsString({ each: true }),
    PlainText({ each: true }),
    MaxLength(400, { each: true }),
  );

/** The identifier of an end user, as the tenant names them. */
export const Identifier = (): PropertyDecorator =>
  RequiredText("The tenant's own name for the end user, such as user_123", 100);

export const PAGE_TOKEN = 'next_page_token of the page before; empty for the first page';

/** Page of a list with at most `max` entries. */
export function pageOf(defaultSize: number, max: number) {
  class PageDto {
    @ApiPropertyOptional({ minimum: 1, maximum: max, default: defaultSize })
    @IsOptional()
    @Type(() => Number)
    @IsInt()
    @Min(1)
    @Max(max)
    page_size: number = defaultSize;

    @OptionalText(PAGE_TOKEN, 400)
    page_token?: string;
  }
  return PageDto;
}
