import { AuditTrail, type LifecycleEventType } from '#app/audit';
import { ConnectorRegistry } from '#app/connector-kit';
import { isUniqueViolation, TenantDatabase } from '#app/database';
import { AppError, CLOCK, isId, newId, type Clock, type JsonObject, type RequestContext } from '#app/kernel';
import { ConnectionsService } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { digestOf } from './tool-digest.js';
import { chooseParts } from './toolset-choice.js';
import { ToolsetEntity } from './toolset.entity.js';
import type { NewToolset, Toolset, ToolsetChanges, ToolsetPart } from './toolset.js';

const MOST_TOOLSETS = 200;

/** The tenant's toolsets. Every change is a version of its own, and on record with the digests that it accepted. */
@Injectable()
export class ToolsetsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly connections: ConnectionsService,
    private readonly registry: ConnectorRegistry,
    private readonly trail: AuditTrail,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(ctx: RequestContext, { name, description = '', parts: wanted }: NewToolset): Promise<Toolset> {
    const { tenantId } = ctx;
    const connections = await this.connections.all(ctx);
    const parts = chooseParts(wanted, { connections, registry: this.registry, before: [] });
    const id = newId('toolset');
    return this.database.withTenant(tenantId, async (em) => {
      if ((await em.countBy(ToolsetEntity, { tenantId })) >= MOST_TOOLSETS)
        throw new AppError('conflict', `A tenant has at most ${MOST_TOOLSETS} toolsets. Delete one first.`);
      try {
        await em.insert(ToolsetEntity, { tenantId, id, name, description, parts });
      } catch (error) {
        if (isUniqueViolation(error)) throw nameTaken(name);
        throw error;
      }
      return this.written(ctx, em, id, 'toolset.created');
    });
  }

  /** Newest first. */
  async list({ tenantId }: RequestContext): Promise<Toolset[]> {
    return this.database.withTenant(tenantId, (em) =>
      em.find(ToolsetEntity, { where: { tenantId }, order: { id: 'DESC' } }),
    );
  }

  async get({ tenantId }: RequestContext, id: string): Promise<Toolset> {
    return this.database.withTenant(tenantId, (em) => getToolset(em, tenantId, id));
  }

  /** A tool that was in before keeps the definition that it was accepted with. */
  async update(ctx: RequestContext, id: string, changes: ToolsetChanges): Promise<Toolset> {
    const seen = await this.get(ctx, id);
    if (changes.version !== undefined && changes.version !== seen.version) throw changedMeanwhile();
    const connections = changes.parts === undefined ? [] : await this.connections.all(ctx);
    const from = { connections, registry: this.registry, before: seen.parts };
    const parts = changes.parts === undefined ? seen.parts : chooseParts(changes.parts, from);
    return this.replace(ctx, seen, { parts, description: changes.description ?? seen.description }, 'toolset.updated');
  }

  /** Takes the definitions of its tools as they are now. What is gone is left out. */
  async accept(ctx: RequestContext, id: string, version?: number): Promise<Toolset> {
    const seen = await this.get(ctx, id);
    if (version !== undefined && version !== seen.version) throw changedMeanwhile();
    const connections = await this.connections.all(ctx);
    const parts = seen.parts.flatMap(({ connectionId, tools }): ToolsetPart[] => {
      const connection = connections.find((each) => each.id === connectionId);
      const connector = connection === undefined ? null : this.registry.get(connection.connector);
      const kept = tools.flatMap(({ name }) => {
        const tool = connector?.tools.get(name);
        return tool === undefined ? [] : [{ name, digest: digestOf(tool) }];
      });
      return kept.length === 0 ? [] : [{ connectionId, tools: kept }];
    });
    return this.replace(ctx, seen, { parts, description: seen.description }, 'toolset.accepted');
  }

  async delete(ctx: RequestContext, id: string): Promise<void> {
    await this.database.withTenant(ctx.tenantId, async (em) => {
      const { tenantId, id: known, name } = await getToolset(em, ctx.tenantId, id);
      await em.delete(ToolsetEntity, { tenantId, id: known });
      await this.record(ctx, em, 'toolset.deleted', { toolset_id: known, name });
    });
  }

  /** Of two changes at once, the later one is refused: it was made to a version that it never saw. */
  private replace(
    ctx: RequestContext,
    { tenantId, id, version }: Toolset,
    values: Pick<Toolset, 'parts' | 'description'>,
    type: LifecycleEventType,
  ): Promise<Toolset> {
    const updatedAt = new Date(this.clock.now());
    return this.database.withTenant(tenantId, async (em) => {
      const same = { tenantId, id, version };
      const { affected } = await em.update(ToolsetEntity, same, { ...values, version: version + 1, updatedAt });
      if (affected !== 1) throw changedMeanwhile();
      return this.written(ctx, em, id, type);
    });
  }

  private async written(
    ctx: RequestContext,
    em: EntityManager,
    id: string,
    type: LifecycleEventType,
  ): Promise<Toolset> {
    const toolset = await getToolset(em, ctx.tenantId, id);
    const { name, version, parts } = toolset;
    const shown = parts.map(({ connectionId, tools }) => ({
      connection_id: connectionId,
      tools: Object.fromEntries(tools.map((tool) => [tool.name, tool.digest])),
    }));
    await this.record(ctx, em, type, { toolset_id: toolset.id, name, version, parts: shown });
    return toolset;
  }

  private async record(
    { tenantId, source, requestId, caller }: RequestContext,
    em: EntityManager,
    type: LifecycleEventType,
    detail: JsonObject,
  ): Promise<void> {
    await this.trail.record({ tenantId, source, requestId, clientId: caller?.clientId ?? null, type, detail }, em);
  }
}

async function getToolset(em: EntityManager, tenantId: RequestContext['tenantId'], id: string): Promise<Toolset> {
  const row = isId('toolset', id) ? await em.findOneBy(ToolsetEntity, { tenantId, id }) : null;
  if (row !== null) return row;
  throw new AppError(
    'not_found',
    `There is no toolset ${JSON.stringify(id.slice(0, 100))}. GET /api/v1/mcp/configs lists them.`,
  );
}

const changedMeanwhile = (): AppError =>
  new AppError('conflict', 'Somebody else changed this toolset meanwhile. Read it and try again.');

const nameTaken = (name: string): AppError =>
  new AppError(
    'conflict',
    `There is a toolset ${JSON.stringify(name)} already. Choose another name, or change that one.`,
  );
