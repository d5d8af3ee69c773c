import { Module } from '@nestjs/common';
import { ApiClientsService } from './api-clients.service.js';
import { ClientDirectory } from './client-directory.js';
import { FirstClient } from './first-client.js';
import { SigningKeys } from './signing-keys.js';
import { TokenService } from './token.service.js';

/** Needs a `SECRET_KEEPER` from a global module. */
@Module({
  providers: [ApiClientsService, ClientDirectory, FirstClient, SigningKeys, TokenService],
  exports: [ApiClientsService, TokenService],
})
export class IdentityModule {}
