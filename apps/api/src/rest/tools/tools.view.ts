import { ApiProperty } from '@nestjs/swagger';
import { Flag, Moment, NextPageToken, OneOf, OpenObject, Text, Texts, Whole } from '../common/view.js';

/** What the tool does to the provider's data; hints for an agent, in the words of MCP. */
export class ToolAnnotationsView {
  @Text() title!: string;
  @Flag() read_only_hint!: boolean;
  @Flag() destructive_hint!: boolean;
  @Flag() idempotent_hint!: boolean;
  @Flag() open_world_hint!: boolean;
}

export class ToolDefinitionView {
  @Text() name!: string;
  @Text() display_name!: string;
  @Text() description!: string;
  @OpenObject('JSON Schema of the arguments') input_schema!: object;
  @ApiProperty({ type: ToolAnnotationsView }) annotations!: ToolAnnotationsView;
}

export class ToolMetadataView {
  @Text('Version of the connector that brings the tool') connector_version!: string;
}

/** A tool as the published AgentKit API shows it: `definition` is handed on untouched by its clients. */
export class ToolView {
  @Text() id!: string;
  @Text('Id of the connector in upper case, such as INTERCOM') provider!: string;
  @ApiProperty({ type: ToolDefinitionView }) definition!: ToolDefinitionView;
  @ApiProperty({ type: ToolMetadataView }) metadata!: ToolMetadataView;
  @Texts('Always empty: tools have no tags') tags!: string[];
  @Flag() is_default!: boolean;
  @Moment('Always null: a tool changes with the release of its connector, see metadata.connector_version', {
    nullable: true,
  })
  updated_at!: string | null;
}

/** What all pages of tools have: the catalogue is in memory, so it can be read in both directions. */
export class CataloguePage {
  @NextPageToken() next_page_token!: string;
  @Text('page_token of the page before this one; empty on the first page') prev_page_token!: string;
  @Whole('Tools that match, on all pages') total_size!: number;
}

export class ToolPage extends CataloguePage {
  @ApiProperty({ type: [ToolView], description: 'Empty when only names were asked for (filter.summary)' })
  tools!: ToolView[];

  @Texts('Names instead of tools when filter.summary is true; empty otherwise')
  tool_names!: string[];
}

export class AvailableToolPage extends CataloguePage {
  @ApiProperty({ type: [ToolView] }) tools!: ToolView[];
}

export class ScopedToolView {
  @ApiProperty({ type: ToolView }) tool!: ToolView;
  @Text("The tenant's own name for the end user") identifier!: string;
  @Text() connected_account_id!: string;
}

export class ExcludedToolView {
  @Text() tool_name!: string;
  @Text() connected_account_id!: string;
  @Text('Name of the connection') connector!: string;
  @OneOf(['account_not_active', 'permission_denied', 'policy_denied', 'missing_scope']) code!: string;
  @Text('Why the tool is not callable now') reason!: string;
}

export class ScopedToolPage extends CataloguePage {
  @ApiProperty({ type: [ScopedToolView] }) tools!: ScopedToolView[];
  @ApiProperty({
    type: [ExcludedToolView],
    description: 'Tools of this user that can not be called now, on every page',
  })
  excluded!: ExcludedToolView[];
}
