import { ApiProperty } from '@nestjs/swagger';
import { ClientView } from '../clients/clients.dto.js';
import { RequiredText, pageOf } from '../common/dto.js';
import { Moment, NextPageToken, OneOf, Text } from '../common/view.js';

export class ListTenantsQuery extends pageOf(30, 100) {}

export class CreateTenantDto {
  @RequiredText('What the tenant is called', 100) name!: string;
}

export class ShredTenantDto {
  @RequiredText('The id of the tenant once more: this can not be undone', 100) confirm!: string;
}

export class TenantSummaryView {
  @Text() id!: string;
  @Text('What the tenant is called') name!: string;
  @OneOf(['active', 'suspended', 'shredded']) status!: string;
  @Moment() created_at!: string;
}

export class TenantSummaryAnswer {
  @ApiProperty({ type: TenantSummaryView }) tenant!: TenantSummaryView;
}

export class TenantCreatedAnswer extends TenantSummaryAnswer {
  @ApiProperty({ type: ClientView }) client!: ClientView;
  @Text('Of the first API client; shown this once, keep it') client_secret!: string;
}

export class TenantListAnswer {
  @ApiProperty({ type: [TenantSummaryView] }) tenants!: TenantSummaryView[];
  @NextPageToken() next_page_token!: string;
}
