import { ApiProperty } from '@nestjs/swagger';
import { Moment, NextPageToken, NoPrevPageToken, OneOf, OpenObject, Text } from '../common/view.js';

/** Something that happened, in the envelope of the published API. */
export class EventView {
  @Text() spec_version!: string;
  @Text() id!: string;
  @Text('Type of the event, as in the audit trail') type!: string;
  @OneOf(['connected_account', 'connection', 'tool']) object!: string;
  @Text('What the type means') display_name!: string;
  @Moment() occurred_at!: string;
  @Text('Id of the tenant') environment_id!: string;
  @OpenObject('Ids and states') data!: object;
}

export class EventPage {
  @ApiProperty({ type: [EventView] }) events!: EventView[];
  @NextPageToken() next_page_token!: string;
  @NoPrevPageToken() prev_page_token!: string;
}
