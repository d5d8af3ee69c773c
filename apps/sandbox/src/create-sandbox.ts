import type { AddressInfo } from 'node:net';
import formBody from '@fastify/formbody';
import { fastify, type FastifyInstance } from 'fastify';
import { systemClock } from '#app/kernel';
import { apiRoutes } from './api/api-plugin.js';
import { ApiError, asApiError, sendError } from './api/errors.js';
import { INTERCOM_REQUESTS_PER_WINDOW, RateLimit } from './api/rate-limit.js';
import { controlRoutes } from './control/control-routes.js';
import { FaultList } from './control/fault-list.js';
import { observeRequests } from './control/observe.js';
import { RequestLog } from './control/request-log.js';
import { seedState } from './data/seed.js';
import { topUpQueue } from './data/top-up.js';
import { consentRoutes } from './oauth/consent-routes.js';
import { Grants } from './oauth/grants.js';
import { tokenRoutes } from './oauth/token-routes.js';
import { HOME_PAGE } from './pages/home-page.js';
import { sendPage } from './pages/page.js';
import type { SandboxContext } from './sandbox-context.js';
import type { SandboxOptions } from './sandbox-options.js';
import { readStateFile, StateFile } from './store/state-file.js';
import { Store } from './store/store.js';

export interface Sandbox {
  readonly app: FastifyInstance;
  /** The data inside, for tests in the same process. */
  readonly store: Store;
  /** Starts to listen; the URL has no slash at its end. */
  listen(): Promise<{ url: string }>;
  /** Cuts open connections, and resolves once the state is on disk. */
  close(): Promise<void>;
}

/**
 * A working stand-in for Intercom: consent page, token endpoint, stateful REST API of version 2.16, and a control API that
 * makes it misbehave. With a state file, data and tokens outlive the process.
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const context = await createContext(options);
  const app = await createApp(context);
  return {
    app,
    store: context.store,
    listen: async () => {
      await app.listen({ host: options.host, port: options.port });
      return { url: urlOf(app.server.address() as AddressInfo) };
    },
    close: async () => {
      await app.close();
      await context.stateFile.flush();
    },
  };
}

async function createContext(options: SandboxOptions): Promise<SandboxContext> {
  const clock = options.clock ?? systemClock;
  const loaded = options.stateFile === null ? null : await readStateFile(options.stateFile);
  const state = loaded ?? seedState(Math.floor(clock.now() / 1000));
  const stateFile: StateFile = new StateFile(options.stateFile, () => store.state);
  const store: Store = new Store(state, clock, () => stateFile.changed());
  topUpQueue(store);
  store.save();
  return {
    options,
    clock,
    store,
    stateFile,
    grants: new Grants(store, clock),
    log: new RequestLog(),
    faults: new FaultList(),
    rateLimit: new RateLimit(clock, options.requestsPerWindow ?? INTERCOM_REQUESTS_PER_WINDOW),
  };
}

async function createApp(context: SandboxContext): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 5 * 1024 * 1024 });
  acceptJson(app);
  await app.register(formBody);
  app.setErrorHandler((error, _request, reply) => sendError(reply, asApiError(error)));
  app.setNotFoundHandler(() => {
    throw new ApiError(400, 'intercom_version_invalid', 'Requested resource is not available in current API version.');
  });
  observeRequests(app, context);
  app.get('/', async (_request, reply) => sendPage(reply, 200, 'Intercom sandbox', HOME_PAGE));
  consentRoutes(app, context);
  tokenRoutes(app, context);
  controlRoutes(app, context);
  await app.register(async (api) => apiRoutes(api, context));
  return app;
}

/** Unlike Fastify's own parser this takes an empty body: `POST /auth/uninstall` is sent with a JSON type and nothing in it. */
function acceptJson(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body as string));
    } catch {
      done(new ApiError(400, 'bad_request', 'The body is not valid JSON'), undefined);
    }
  });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
