import { TokenService } from '#app/identity';
import { AppError, type RequestId, Secret } from '#app/kernel';
import { Body, Controller, Get, Header, Post, Req } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { Public } from '../route.decorator.js';
import type { GatehouseRequest } from '../request.js';
import { JwksView } from './jwks.view.js';
import { TokenRequestDto, TokenResponseDto } from './token.dto.js';

@ApiTags('Authentication')
@Controller()
export class TokenController {
  constructor(private readonly tokens: TokenService) {}

  @Post('oauth/token')
  @Header('cache-control', 'no-store')
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @Public('the client id and secret in the request are the authentication', {
    summary: 'Get an access token for an API client (client credentials)',
    returns: TokenResponseDto,
    fails: [401, 503],
  })
  async issue(@Body() body: TokenRequestDto, @Req() request: GatehouseRequest): Promise<TokenResponseDto> {
    const credentials = credentialsOf(body, request.headers.authorization);
    const issued = await this.tokens.issue({ ...credentials, requestId: request.id as RequestId, source: 'rest' });
    return { access_token: issued.accessToken, token_type: 'Bearer', expires_in: issued.expiresIn };
  }

  @Get('keys')
  @Header('cache-control', 'public, max-age=300')
  @Public('public keys are public', {
    summary: 'The public keys that verify our access tokens (JWKS)',
    returns: JwksView,
    fails: [503],
  })
  keys(): Promise<object> {
    return this.tokens.jwks();
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
