import type { ServiceImpl } from '@connectrpc/connect';
import type { ConnectedAccountsController } from '../rest/connected-accounts/connected-accounts.controller.js';
import {
  AccountSelector,
  CreateConnectedAccountDto,
  ListConnectedAccountsQuery,
  MagicLinkDto,
  UpdateConnectedAccountDto,
  VerifyUserDto,
} from '../rest/connected-accounts/connected-accounts.dto.js';
import * as pb from './generated/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import type { RpcCall } from './rpc-call.js';
import { twinOf } from './twin.js';

/** `scalekit.v1.connected_accounts.ConnectedAccountService`, but for what a signed-in end user asks. */
export const connectedAccountsRpc = (
  call: RpcCall,
  controller: ConnectedAccountsController,
): ServiceImpl<typeof pb.ConnectedAccountService> => ({
  listConnectedAccounts: twinOf(call, {
    input: pb.ListConnectedAccountsRequestSchema,
    output: pb.ListConnectedAccountsResponseSchema,
    dto: ListConnectedAccountsQuery,
    controller,
    method: 'list',
  }),
  createConnectedAccount: twinOf(call, {
    input: pb.CreateConnectedAccountRequestSchema,
    output: pb.CreateConnectedAccountResponseSchema,
    dto: CreateConnectedAccountDto,
    controller,
    method: 'create',
  }),
  updateConnectedAccount: twinOf(call, {
    input: pb.UpdateConnectedAccountRequestSchema,
    output: pb.UpdateConnectedAccountResponseSchema,
    dto: UpdateConnectedAccountDto,
    controller,
    method: 'update',
  }),
  deleteConnectedAccount: twinOf(call, {
    input: pb.DeleteConnectedAccountRequestSchema,
    output: pb.DeleteConnectedAccountResponseSchema,
    dto: AccountSelector,
    controller,
    method: 'delete',
  }),
  getMagicLinkForConnectedAccount: twinOf(call, {
    input: pb.GetMagicLinkForConnectedAccountRequestSchema,
    output: pb.GetMagicLinkForConnectedAccountResponseSchema,
    dto: MagicLinkDto,
    controller,
    method: 'magicLink',
  }),
  getConnectedAccountAuth: twinOf(call, {
    input: pb.GetConnectedAccountByIdentifierRequestSchema,
    output: pb.GetConnectedAccountByIdentifierResponseSchema,
    dto: AccountSelector,
    controller,
    method: 'auth',
  }),
  verifyConnectedAccountUser: twinOf(call, {
    input: pb.VerifyConnectedAccountUserRequestSchema,
    output: pb.VerifyConnectedAccountUserResponseSchema,
    dto: VerifyUserDto,
    controller,
    method: 'verify',
  }),
});
