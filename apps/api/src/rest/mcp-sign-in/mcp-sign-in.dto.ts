import { ApiProperty } from '@nestjs/swagger';
import { IsUrl, Matches } from 'class-validator';
import { OptionalFilledText, RequiredText } from '../common/dto.js';
import { Text } from '../common/view.js';

export class SetMcpSignInDto {
  @RequiredText('The issuer, as its own metadata spells it', 500)
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  @Matches(/^[^?#]+$/, { message: 'must have no query and no fragment' })
  issuer!: string;

  @RequiredText('The id under which this server is registered there, as a public client with PKCE', 200)
  client_id!: string;

  @OptionalFilledText("The claim of the id token that is the tenant's own name for the user; sub when left out", 100)
  identifier_claim?: string;
}

export class McpSignInView {
  @Text() issuer!: string;
  @Text() client_id!: string;
  @Text("The claim of the id token that is the tenant's own name for the user") identifier_claim!: string;
}

export class McpSignInAnswer {
  @ApiProperty({ type: McpSignInView, nullable: true, description: 'Null: users sign in nowhere yet' })
  sign_in!: McpSignInView | null;

  @Text('To be registered at the issuer as the redirect URI') redirect_uri!: string;
}
