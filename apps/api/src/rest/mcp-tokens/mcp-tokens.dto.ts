import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { MCP_SCOPES } from '../../mcp/caller.js';
import { Identifier, Optional, OptionalFilledText, pageOf } from '../common/dto.js';
import { Moment, NextPageToken, OneOf, Text, Texts, Whole } from '../common/view.js';

export const SHORTEST = 60;
export const LONGEST = 86_400;
const USUAL = 3_600;

const Scopes = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      enum: MCP_SCOPES,
      isArray: true,
      description: 'What the agent may do; mcp:write includes mcp:read. Both when left out',
    }),
    Optional(),
    IsArray(),
    ArrayNotEmpty(),
    ArrayUnique(),
    IsIn(MCP_SCOPES, { each: true, message: `each must be one of ${MCP_SCOPES.join(', ')}` }),
  );

export class CreateMcpTokenDto {
  @Identifier() identifier!: string;

  @ApiPropertyOptional({ minimum: SHORTEST, maximum: LONGEST, default: USUAL, description: 'Seconds' })
  @Optional()
  @IsInt()
  @Min(SHORTEST)
  @Max(LONGEST)
  expires_in: number = USUAL;

  @Scopes() scopes?: string[];

  @OptionalFilledText(
    'What tightens the URL, such as /readonly or /x/support; the token opens only the URL with it',
    80,
  )
  @Matches(/^(\/x\/[\w-]{1,64})?(\/readonly)?$/, {
    message: 'must be /readonly, /x/{tool-set} or /x/{tool-set}/readonly',
  })
  path?: string;
}

export class ListMcpTokensQuery extends pageOf(30, 100) {
  @OptionalFilledText("The tenant's own name for the end user", 100) identifier?: string;
}

export class ListMcpAppsQuery {
  @Identifier() identifier!: string;
}

/** The token itself is never part of it. */
export class McpTokenView {
  @Text() id!: string;
  @Text("The tenant's own name for the end user") identifier!: string;
  @Text('The URL of the MCP server that it opens') url!: string;
  @Texts() scopes!: readonly string[];
  @Text('The API client that made it; the token ends with it and with its secret') client_id!: string;
  @OneOf(['active', 'revoked']) status!: string;
  @Moment() created_at!: string;
  @Moment() expires_at!: string;
}

export class McpTokenSecretAnswer {
  @ApiProperty({ type: McpTokenView }) token!: McpTokenView;
  @Text('For the header `Authorization: Bearer …`; shown this once') access_token!: string;
  @OneOf(['Bearer']) token_type!: string;
  @Whole('Seconds') expires_in!: number;
}

export class McpTokenListAnswer {
  @ApiProperty({ type: [McpTokenView] }) tokens!: McpTokenView[];
  @NextPageToken() next_page_token!: string;
}

/** An application that an end user allowed to act for them. */
export class McpAppView {
  @Text() id!: string;
  @Text() identifier!: string;
  @Text('OAuth client id of the application; the URL of its metadata where it has one') agent!: string;
  @Text('As the application calls itself') name!: string;
  @Text('The URL of the MCP server that it may use') url!: string;
  @Texts() scopes!: readonly string[];
  @Moment() created_at!: string;
  @Moment('When it has to ask again') expires_at!: string;
}

export class McpAppListAnswer {
  @ApiProperty({ type: [McpAppView] }) apps!: McpAppView[];
}
