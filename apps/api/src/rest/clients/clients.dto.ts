import { PERMISSIONS, type Permission } from '#app/kernel';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Optional, OptionalFilledText, RequiredText, pageOf } from '../common/dto.js';
import { Moment, NextPageToken, OneOf, Text } from '../common/view.js';

const IsPermissionList = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayUnique(),
    IsIn(PERMISSIONS, { each: true, message: `each must be one of ${PERMISSIONS.join(', ')}` }),
  );

/** The one field in which null says something: no restriction. Left out of a change, it stays as it is. */
const AllowedTools = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: [String],
      nullable: true,
      description: 'Tools it may execute; null means all that its permissions allow',
    }),
    IsOptional(),
    IsArray(),
    ArrayMaxSize(500),
    IsString({ each: true }),
    MaxLength(100, { each: true }),
    Matches(/^[\w-]+(\.request)?$/, {
      each: true,
      message: 'each must be the name of a tool: letters, digits and "_"; or <connector>.request for the proxy',
    }),
  );

export class CreateClientDto {
  @RequiredText('What it is for', 100) name!: string;

  @ApiProperty({ enum: PERMISSIONS, isArray: true })
  @IsPermissionList()
  permissions!: Permission[];

  @AllowedTools() allowed_tools?: string[] | null;
}

/** What is left out stays as it is; null means left out, except in `allowed_tools`. */
export class UpdateClientDto {
  @OptionalFilledText('What it is for', 100) name?: string;

  @ApiPropertyOptional({ enum: PERMISSIONS, isArray: true })
  @Optional()
  @IsPermissionList()
  permissions?: Permission[];

  @AllowedTools() allowed_tools?: string[] | null;

  @ApiPropertyOptional({ enum: ['active', 'disabled'] })
  @Optional()
  @IsIn(['active', 'disabled'])
  status?: 'active' | 'disabled';
}

export class ListClientsQuery extends pageOf(30, 100) {}

/** The secret is never part of it. */
export class ClientView {
  @Text() id!: string;
  @Text('What it is for') name!: string;
  @ApiProperty({ enum: PERMISSIONS, isArray: true }) permissions!: readonly Permission[];

  @ApiProperty({ type: [String], nullable: true, description: 'Null: every tool that its permissions allow' })
  allowed_tools!: readonly string[] | null;

  @OneOf(['active', 'disabled']) status!: string;
  @Moment() created_at!: string;
  @Moment() updated_at!: string;
}

export class ClientAnswer {
  @ApiProperty({ type: ClientView }) client!: ClientView;
}

export class ClientSecretAnswer extends ClientAnswer {
  @Text('Shown this once; keep it') client_secret!: string;
}

export class ClientListAnswer {
  @ApiProperty({ type: [ClientView] }) clients!: ClientView[];
  @NextPageToken() next_page_token!: string;
}
