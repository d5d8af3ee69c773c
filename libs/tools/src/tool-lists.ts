import { AppError, type RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import { pageOfCatalogue, type CataloguePage, type CataloguePageRequest } from './catalogue-page.js';
import {
  ToolCatalogue,
  type CatalogueTool,
  type ExcludedTool,
  type ScopedTool,
  type ToolFilter,
} from './tool-catalogue.js';

export interface ToolListRequest extends ToolFilter, CataloguePageRequest {
  /** Only tools of connections on which this end user has an account, in any state. */
  readonly identifier?: string | undefined;
  /** With `identifier`: only accounts of this organization. */
  readonly organizationId?: string | undefined;
  /** Only tools of the connection that this account is on. */
  readonly connectedAccountId?: string | undefined;
}

export interface ScopedToolsRequest extends Omit<ToolFilter, 'query'>, CataloguePageRequest {
  readonly identifier: string;
}

export interface AvailableToolsRequest extends CataloguePageRequest {
  readonly identifier: string;
}

export interface ScopedToolPage extends CataloguePage<ScopedTool> {
  /** Tools of this user that can't be called now, each with why; the same on every page. */
  readonly excluded: readonly ExcludedTool[];
}

/** The catalogue in pages, as every door lists it. */
@Injectable()
export class ToolLists {
  constructor(
    private readonly catalogue: ToolCatalogue,
    private readonly accounts: ConnectedAccountsService,
  ) {}

  /** Throws `account_not_found` for an account id that is not known. A user without accounts is not an error: they have no tools. */
  async list(ctx: RequestContext, request: ToolListRequest): Promise<CataloguePage<CatalogueTool>> {
    const connectionNames = await this.connectionNames(ctx, request);
    const tools = connectionNames?.length === 0 ? [] : await this.catalogue.list(ctx, { ...request, connectionNames });
    return pageOfCatalogue(tools, request);
  }

  async scoped(ctx: RequestContext, request: ScopedToolsRequest): Promise<ScopedToolPage> {
    const { tools, excluded } = await this.catalogue.scoped(ctx, request.identifier, request);
    return { ...pageOfCatalogue(tools, request), excluded };
  }

  async available(ctx: RequestContext, request: AvailableToolsRequest): Promise<CataloguePage<CatalogueTool>> {
    return pageOfCatalogue(await this.catalogue.available(ctx, request.identifier), request);
  }

  /** Undefined where the request does not narrow, empty where nothing fits. */
  private async connectionNames(ctx: RequestContext, request: ToolListRequest): Promise<readonly string[] | undefined> {
    const asked = request.connectionNames?.length ? request.connectionNames : undefined;
    const ofAccounts = await this.connectionsOfAccounts(ctx, request);
    return asked && ofAccounts ? asked.filter((name) => ofAccounts.includes(name)) : (asked ?? ofAccounts);
  }

  private async connectionsOfAccounts(
    ctx: RequestContext,
    { connectedAccountId, identifier, organizationId }: ToolListRequest,
  ): Promise<readonly string[] | undefined> {
    if (organizationId !== undefined && identifier === undefined) throw organizationAlone();
    if (connectedAccountId !== undefined) {
      const { connectionName } = await this.accounts.find(ctx, { connectedAccountId, identifier });
      return [connectionName];
    }
    if (identifier === undefined) return undefined;
    const { items } = await this.accounts.list(ctx, { identifier, organizationId });
    return items.map(({ connectionName }) => connectionName);
  }
}

function organizationAlone(): AppError {
  const [field, message] = ['filter.organization_id', 'needs filter.identifier beside it'];
  return new AppError('invalid_arguments', `${field}: ${message}`, { errors: [{ field, message }] });
}
