import { MOST_PARTS } from '#app/tools';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Optional, OptionalFilledText, OptionalText } from '../common/dto.js';
import { Moment, OneOf, Text, Texts, Whole } from '../common/view.js';

const MOST_TOOLS = 200;

export class ToolsetPartDto {
  @OptionalFilledText('Id of the connection (conn_…); or name it', 100) connection_id?: string;
  @OptionalFilledText('Name of the connection', 100) connection_name?: string;

  @ApiPropertyOptional({
    type: [String],
    maxItems: MOST_TOOLS,
    description: 'Names of tools; all that there are at this moment when it is empty',
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MOST_TOOLS)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  tools?: string[];
}

const ListOfParts = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayNotEmpty(),
    ArrayMaxSize(MOST_PARTS),
    IsObject({ each: true, message: 'each must be an object' }),
    ValidateNested({ each: true }),
    Type(() => ToolsetPartDto),
  );

const Version = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      minimum: 1,
      description: 'The version that you have read: refused unless it is still that',
    }),
    Optional(),
    IsInt(),
    Min(1),
  );

export class CreateToolsetDto {
  @ApiProperty({ description: 'Part of the URL; it never changes: lower case, digits, "-" and "_"', maxLength: 100 })
  @IsString()
  @MaxLength(100)
  @Matches(/^[a-z0-9][a-z0-9_-]*$/, { message: 'must be lower case letters, digits, "-" or "_"' })
  name!: string;

  @OptionalText('For people', 1_000) description?: string;

  @ApiProperty({ type: [ToolsetPartDto], maxItems: MOST_PARTS })
  @ListOfParts()
  connection_tool_mappings!: ToolsetPartDto[];
}

/** What is left out stays as it is. */
export class UpdateToolsetDto extends PickType(CreateToolsetDto, ['description']) {
  @ApiPropertyOptional({ type: [ToolsetPartDto], maxItems: MOST_PARTS, description: 'Replaces all of them' })
  @Optional()
  @ListOfParts()
  connection_tool_mappings?: ToolsetPartDto[];

  @Version() version?: number;
}

export class AcceptToolsetDto {
  @Version() version?: number;
}

export class AcceptedToolView {
  @Text() name!: string;
  @Text('SHA-256 of the definition that was accepted') digest!: string;
  @OneOf(['accepted', 'changed', 'gone'], 'Only what is accepted is listed and called') state!: string;
}

export class ToolsetPartView {
  @Text() connection_id!: string;
  @Text('Null when the connection is not there any more', { nullable: true }) connection_name!: string | null;
  @Text('Id of the connector', { nullable: true }) provider!: string | null;
  @Texts() tools!: readonly string[];
  @ApiProperty({ type: [AcceptedToolView] }) tool_definitions!: AcceptedToolView[];
}

export class ToolsetView {
  @Text() id!: string;
  @Text() name!: string;
  @Text() description!: string;
  @Whole('Increases with each change') version!: number;
  @ApiProperty({ type: [ToolsetPartView] }) connection_tool_mappings!: ToolsetPartView[];
  @Text('Where agents find it') mcp_server_url!: string;
  @Moment() created_at!: string;
  @Moment() updated_at!: string;
}

export class ToolsetAnswer {
  @ApiProperty({ type: ToolsetView }) config!: ToolsetView;
}

export class ToolsetListAnswer {
  @ApiProperty({ type: [ToolsetView] }) configs!: ToolsetView[];
}
