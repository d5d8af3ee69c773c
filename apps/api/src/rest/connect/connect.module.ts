import { OAuthModule } from '#app/oauth';
import { Module } from '@nestjs/common';
import { McpAuthModule } from '../../mcp/auth/mcp-auth.module.js';
import { AnswerGuard } from './answer.guard.js';
import { CallbackGuard } from './callback.guard.js';
import { ConnectCookies } from './connect-cookies.js';
import { CallbackFilter, StartFilter } from './connect-page.filter.js';
import { ConnectController } from './connect.controller.js';
import { ConnectionStrategy } from './connection.strategy.js';
import { LinkVisitors } from './link-visitors.js';
import { Pages } from './pages.js';
import { StartGuard } from './start.guard.js';

/** The browser's door. Its only strategy is registered once, under one name, in the passport instance of the process. */
@Module({
  imports: [McpAuthModule, OAuthModule],
  controllers: [ConnectController],
  providers: [
    AnswerGuard,
    CallbackFilter,
    CallbackGuard,
    ConnectCookies,
    ConnectionStrategy,
    LinkVisitors,
    Pages,
    StartFilter,
    StartGuard,
  ],
})
export class ConnectModule {}
