import { AuditModule } from '#app/audit';
import { IdentityModule } from '#app/identity';
import { OAuthModule } from '#app/oauth';
import { Module } from '@nestjs/common';
import { CallAdmission } from './call-admission.js';
import { CallJournal } from './call-journal.js';
import { CallPreparation } from './call-preparation.js';
import { ClientRateLimit } from './client-rate-limit.js';
import { ConnectOffer } from './connect-offer.js';
import { ExecuteTool } from './execute-tool.js';
import { Idempotency } from './idempotency.js';
import { ProviderCall } from './provider-call.js';
import { ProxyCalls } from './proxy/proxy-calls.js';
import { ReconnectLink } from './reconnect-link.js';
import { RepeatedCalls } from './repeated-calls.js';
import { ToolCatalogue } from './tool-catalogue.js';
import { ToolLists } from './tool-lists.js';
import { ToolsetDirectory } from './toolsets/toolset-directory.js';
import { ToolsetsService } from './toolsets/toolsets.service.js';
import { WriteOnce } from './write-once.js';

@Module({
  imports: [AuditModule, IdentityModule, OAuthModule],
  providers: [
    CallAdmission,
    CallJournal,
    CallPreparation,
    ClientRateLimit,
    ConnectOffer,
    ExecuteTool,
    Idempotency,
    ProviderCall,
    ProxyCalls,
    ReconnectLink,
    RepeatedCalls,
    ToolCatalogue,
    ToolLists,
    ToolsetDirectory,
    ToolsetsService,
    WriteOnce,
  ],
  exports: [ConnectOffer, ExecuteTool, ProxyCalls, ToolCatalogue, ToolLists, ToolsetDirectory, ToolsetsService],
})
export class ToolsModule {}
