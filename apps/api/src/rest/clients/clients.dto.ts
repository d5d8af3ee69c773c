import { PERMISSIONS, type Permission } from '#app/kernel';
import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { Optional, RequiredText, pageOf } from '../common/dto.js';

export class CreateClientDto {
  @RequiredText('What it is for', 100) name!: string;

  @ApiProperty({ enum: PERMISSIONS, isArray: true })
  @IsArray()
  @ArrayUnique()
  @IsIn(PERMISSIONS, { each: true, message: `each must be one of ${PERMISSIONS.join(', ')}` })
  permissions!: Permission[];

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Tools it may execute; null means all that its permissions allow',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  allowed_tools?: string[] | null;
}

export class UpdateClientDto extends PartialType(CreateClientDto) {
  @ApiPropertyOptional({ enum: ['active', 'disabled'] })
  @Optional()
  @IsIn(['active', 'disabled'])
  status?: 'active' | 'disabled';
}

export class ListClientsQuery extends pageOf(30, 100) {}
