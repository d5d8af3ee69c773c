import { INSTALLATION_TENANT, type RequestContext } from '#app/kernel';
import { KeyManagement, type DataKeys } from '#app/vault';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { DataKeysAnswer } from './keys.view.js';

@ApiTags('Keys')
@Controller('api/v1')
export class KeysController {
  constructor(private readonly keys: KeyManagement) {}

  @Get('keys/data')
  @Route({
    permission: 'tenant:read',
    audit: none('states and counts, no key'),
    summary: 'List the data keys of the tenant, and how far what they sealed is sealed anew',
    returns: DataKeysAnswer,
  })
  async list(@Ctx() ctx: RequestContext): Promise<DataKeysAnswer> {
    return view(await this.keys.overview(ctx.tenantId));
  }

  @Post('keys/data/~rotate')
  @Route({
    permission: 'tenant:write',
    audit: 'data_key.promoted',
    summary:
      'Give the tenant a new data key, with which every node seals at once; what is there is sealed anew in the background',
    returns: DataKeysAnswer,
    status: 200,
  })
  async rotate(@Ctx() ctx: RequestContext): Promise<DataKeysAnswer> {
    await this.keys.rotate(ctx);
    return view(await this.keys.overview(ctx.tenantId));
  }

  @Get('installation/keys/data')
  @Route({
    permission: 'installation:operate',
    audit: none('states and counts, no key'),
    summary: 'List the data keys of the installation itself, which seal the keys that sign access tokens',
    returns: DataKeysAnswer,
  })
  async listOfInstallation(): Promise<DataKeysAnswer> {
    return view(await this.keys.overview(INSTALLATION_TENANT));
  }

  @Post('installation/keys/data/~rotate')
  @Route({
    permission: 'installation:operate',
    audit: 'data_key.promoted',
    summary: 'Give the installation itself a new data key; access tokens that were issued stay good',
    returns: DataKeysAnswer,
    status: 200,
  })
  async rotateOfInstallation(@Ctx() ctx: RequestContext): Promise<DataKeysAnswer> {
    await this.keys.rotate({ ...ctx, tenantId: INSTALLATION_TENANT });
    return view(await this.keys.overview(INSTALLATION_TENANT));
  }
}

const view = ({ keys, progress }: DataKeys): DataKeysAnswer => ({
  keys: keys.map((key) => ({
    version: key.version,
    state: key.state,
    master_key_id: key.kekId,
    created_at: key.createdAt.toISOString(),
    state_since: key.stateSince.toISOString(),
    seals_reserved: key.sealsReserved,
    rows: key.rows,
  })),
  reencryption: progress.map(({ store, total, left, failed }) => ({ store, total, left, failed })),
});
