import { AuditTrail } from '#app/audit';
import { TokenService } from '#app/identity';
import { AppError, type RequestId, Secret } from '#app/kernel';
import { Body, Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../route.decorator.js';
import type { GatehouseRequest } from '../request.js';
import { TokenRequestDto, TokenResponseDto } from './token.dto.js';

@ApiTags('Authentication')
@Controller()
export class TokenController {
  constructor(
    private readonly tokens: TokenService,
    private readonly audit: AuditTrail,
  ) {}

  /** An access token for an API client (client credentials). */
  @Post('oauth/token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @ApiOkResponse({ type: TokenResponseDto })
  @Public('the client id and secret in the request are the authentication')
  async issue(@Body() body: TokenRequestDto, @Req() request: GatehouseRequest): Promise<TokenResponseDto> {
    const { clientId, clientSecret } = credentialsOf(body, request.headers.authorization);
    const answer = await this.tokens.issue({ clientId, clientSecret });
    if (!answer.issued) {
      await this.recordRefusal(answer.tenantId, clientId, request.id);
      throw invalidClient();
    }
    return { access_token: answer.accessToken, token_type: 'Bearer', expires_in: answer.expiresIn };
  }

  /** The public keys that verify our access tokens (JWKS). */
  @Get('keys')
  @Header('cache-control', 'public, max-age=300')
  @Public('public keys are public')
  keys(): Promise<object> {
    return this.tokens.jwks();
  }

  /** Only a refusal of a client that exists is recorded: the rest belongs to no tenant. */
  private async recordRefusal(tenantId: string | null, clientId: string, requestId: string): Promise<void> {
    if (tenantId === null) return;
    await this.audit.record({
      tenantId: tenantId as never,
      type: 'api_client.token_refused',
      source: 'rest',
      requestId: requestId as RequestId,
      clientId,
      status: 'failure',
    });
  }
}

function credentialsOf(
  body: TokenRequestDto,
  authorization: string | undefined,
): { clientId: string; clientSecret: Secret } {
  const basic = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
    return { clientId: decode(id), clientSecret: new Secret(decode(secret.join(':'))) };
  }
  if (!body.client_id || !body.client_secret)
    throw new AppError(
      'invalid_arguments',
      'Send client_id and client_secret in the body, or as HTTP Basic authentication.',
    );
  return { clientId: body.client_id, clientSecret: new Secret(body.client_secret) };
}

/** RFC 6749, section 2.3.1: both halves are form-encoded. A value that is no valid encoding is taken as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Also carries `error`, which OAuth clients look for (RFC 6749, section 5.2). */
const invalidClient = (): AppError =>
  new AppError('unauthenticated', 'The client id or the client secret is wrong, or the client is disabled.', {
    details: { error: 'invalid_client' },
  });
