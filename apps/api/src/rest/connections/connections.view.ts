import { ApiProperty } from '@nestjs/swagger';
import { Flag, Moment, NextPageToken, NoPrevPageToken, OneOf, OpenObject, Text, Whole } from '../common/view.js';

/** URLs that replace those of the connector; null where they don't. */
export class EndpointsView {
  @Text(undefined, { nullable: true }) authorize_url!: string | null;
  @Text(undefined, { nullable: true }) token_url!: string | null;
  @Text(undefined, { nullable: true }) api_url!: string | null;
  @Text(undefined, { nullable: true }) revoke_url!: string | null;
}

/** A connection as REST shows it. The client secret is never part of it. */
export class ConnectionView {
  @Text() id!: string;
  @Text('Unique within the tenant; what calls name it by') name!: string;
  @Text('Id of the connector, such as intercom') connector!: string;
  @OneOf(['enabled', 'disabled']) status!: string;
  @Text('Client id of the OAuth app at the provider') oauth_client_id!: string;
  @Text('To be registered with the OAuth app at the provider') redirect_uri!: string;
  @OpenObject('Parameters of the connector') params!: object;
  @ApiProperty({ type: EndpointsView }) endpoints!: EndpointsView;
  @OneOf(['optional', 'required', 'off']) user_verification!: string;
  @Flag('Whether it talks to the built-in stand-in of the provider') sandbox!: boolean;
  @Moment() created_at!: string;
  @Moment() updated_at!: string;
}

export class ConnectionResponse {
  @ApiProperty({ type: ConnectionView }) connection!: ConnectionView;
}

export class ConnectionPage {
  @ApiProperty({ type: [ConnectionView] }) connections!: ConnectionView[];
  @NextPageToken() next_page_token!: string;
  @Whole('Connections that match, on all pages') total_size!: number;
}

/** A connection in the shape of the published AgentKit API. */
export class AppConnectionView {
  @Text() id!: string;
  @OneOf(['OAUTH']) type!: string;
  @OneOf(['COMPLETED'], 'A connection is complete from the start') status!: string;
  @Flag() enabled!: boolean;
  @Text('Id of the connector in upper case, such as INTERCOM') provider_key!: string;
  @Text('Name of the connection') key_id!: string;
  @Moment() created_at!: string;
}

export class AppConnectionPage {
  @ApiProperty({ type: [AppConnectionView] }) connections!: AppConnectionView[];
  @NextPageToken() next_page_token!: string;
  @NoPrevPageToken() prev_page_token!: string;
  @Whole('Connections that match, on all pages') total_size!: number;
}
