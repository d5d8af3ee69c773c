import { ApiProperty } from '@nestjs/swagger';
import { Moment, OneOf, Text, Whole } from '../common/view.js';

export class DataKeyView {
  @Whole() version!: number;
  @OneOf(['staged', 'primary', 'retired', 'destroyed'], 'Values are sealed with the primary key') state!: string;
  @Text('The master key that wraps it') master_key_id!: string;
  @Moment() created_at!: string;
  @Moment('When it came into this state; for a retired key, when it was last found in use') state_since!: string;
  @Whole('Seals that nodes have taken for themselves in blocks: never fewer than were made') seals_reserved!: number;
  @Whole('Rows that hold something sealed with it') rows!: number;
}

export class ReencryptionView {
  @Text('What is sealed, such as credentials') store!: string;
  @Whole() total!: number;
  @Whole('Rows that are still to be sealed with the primary key') left!: number;
  @Whole('Of those, rows that did not open when they were last tried') failed!: number;
}

export class DataKeysAnswer {
  @ApiProperty({ type: [DataKeyView] }) keys!: DataKeyView[];
  @ApiProperty({ type: [ReencryptionView] }) reencryption!: ReencryptionView[];
}
