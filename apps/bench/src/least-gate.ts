/**
 * The least that a gate with our promises does: the pass-through, and beside it an intent that is durable, and fenced, before the
 * upstream is called, and an outcome that is durable before the answer goes out. It asks for no token, decides nothing, checks no
 * arguments, opens no credential, reads no answer and writes no log. What it costs beyond the pass-through is the price of the two
 * records on this machine; what Gatehouse costs beyond it is everything else that a gate is for.
 */
import { AuditTrail, AuditWriter, type ToolIdentity } from '#app/audit';
import { openLogins, SystemDatabase } from '#app/database';
import { newId, systemClock, type TenantId } from '#app/kernel';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyReply } from 'fastify';
import pg from 'pg';
import { Pool } from 'undici';
import type { PassThroughReady } from './pass-through.js';
import { Relay } from './relay.js';

/** By this name its records can be told from those of Gatehouse. */
const TOOL = 'bench_least';

interface Row {
  readonly tenant: TenantId;
  readonly client: string;
  readonly clientVersion: number;
  readonly account: string;
  readonly accountVersion: number;
  readonly connection: string;
  readonly identifier: string;
}

const SOMEBODY = {
  name: 'bench_somebody',
  text: `
    SELECT a.tenant_id AS tenant, c.id AS client, c.version::integer AS "clientVersion", a.id AS account,
      a.version::integer AS "accountVersion", a.connection_id AS connection, a.identifier
    FROM connected_accounts a JOIN api_clients c ON c.tenant_id = a.tenant_id
    WHERE a.status = 'ACTIVE' AND c.status = 'active' LIMIT 1`,
};

const [port, databaseUrl = ''] = process.argv.slice(2);
const { system } = await openLogins(databaseUrl);
const database = new SystemDatabase(new pg.Pool({ connectionString: system, max: 2 }), {});
const trail = new AuditTrail(new AuditWriter(database), database, systemClock);
const [as] = await database.query<Row>(SOMEBODY, []);
if (as === undefined) throw new Error('No account is connected');
const fence = { accountVersion: as.accountVersion, clientVersion: as.clientVersion };
const headers = { authorization: 'Bearer bench-access-token', 'intercom-version': '2.16', accept: 'application/json' };
const upstream = new Pool(`http://127.0.0.1:${port}`, { connections: 256 });
const server = Fastify();

server.post<{ Body: { params: { conversation_id: string } } }>('/api/v1/execute_tool', async (request, reply) => {
  const id = request.body.params.conversation_id;
  const call = identity(as);
  const { admitted } = await trail.admit({ ...call, arguments: { conversation_id: id }, fence });
  if (!admitted) throw new Error('The call was refused');
  const answer = await relay(`/conversations/${id}?display_as=plaintext`, reply);
  await trail.recordOutcome({
    ...call,
    status: 'success',
    errorCode: null,
    durationMs: 1,
    upstreamStatus: 200,
    upstreamRequests: 1,
    result: { id },
  });
  return reply.send(answer);
});

function relay(path: string, reply: FastifyReply): Promise<Buffer> {
  return new Promise((resolve) => void upstream.dispatch({ path, method: 'GET', headers }, new Relay(reply, resolve)));
}

const identity = ({ tenant, client, account, connection, identifier }: Row): ToolIdentity => ({
  executionId: newId('execution'),
  requestId: newId('request'),
  tenantId: tenant,
  source: 'rest',
  clientId: client,
  identifier,
  accountId: account,
  connectionId: connection,
  principalId: null,
  tool: TOOL,
});

await server.listen({ host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.server.address() as AddressInfo).port } satisfies PassThroughReady);
