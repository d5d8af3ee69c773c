import type { Admission, AuditTrail, ToolIntent } from '#app/audit';
import type { Connector, ToolDefinition } from '#app/connector-kit';
import type { TokenService } from '#app/identity';
import { AppError, newId, type Caller, type ClientId, type RequestContext } from '#app/kernel';
import { Metrics } from '#app/observability';
import type { AccountForCall, ConnectedAccountsService } from '#app/oauth';
import { CallAdmission } from './call-admission.js';
import { CallJournal } from './call-journal.js';
import type { CallPreparation } from './call-preparation.js';
import { Execution } from './execution.js';

type Reason = Extract<Admission, { admitted: false }>['reason'];

const ADMITTED: Admission = { admitted: true };
const refused = (reason: Reason): Admission => ({ admitted: false, reason });

const callerAt = (version: number): Caller => ({
  clientId: 'skc_1' as ClientId,
  version,
  secretStamp: 's',
  permissions: new Set(['tools:execute']),
  allowedTools: null,
});

/** Only what a record of the call is made of. */
const tool = { name: 'reply', annotations: { readOnly: false } } as ToolDefinition;
const accountAt = (version: number): AccountForCall =>
  ({ id: 'ca_1', connectionId: 'conn_1', identifier: 'user_1', principal: null, version }) as AccountForCall;

interface Play {
  /** What the fence says, call by call. */
  readonly answers: readonly Admission[];
  readonly caller?: Caller | null;
  /** The client as it is in the database; null when it may do nothing any more. */
  readonly reloaded?: Caller | null;
  readonly prepareAgain?: Error;
}

/** A call that was prepared with account version 1. Whatever is read again afterwards has version 2. */
function play({ answers, caller = callerAt(1), reloaded = callerAt(2), prepareAgain }: Play) {
  const steps: string[] = [];
  const intents: ToolIntent[] = [];
  const audit = {
    payloadMode: () => Promise.resolve('full'),
    admit: (intent: ToolIntent) => {
      steps.push('admit');
      intents.push(intent);
      return Promise.resolve(answers[intents.length - 1]);
    },
  } as unknown as AuditTrail;
  const preparation = {
    prepare: (each: Execution) => {
      steps.push('prepare');
      if (prepareAgain !== undefined) return Promise.reject(prepareAgain);
      each.account = accountAt(2);
      return Promise.resolve();
    },
  } as unknown as CallPreparation;
  const accounts = { invalidate: ({ id }: AccountForCall) => steps.push(`forget ${id}`) };
  const tokens = { reloadCaller: () => (steps.push('reload client'), Promise.resolve(reloaded)) };
  const ctx: RequestContext = { requestId: newId('request'), tenantId: newId('tenant'), source: 'rest', caller };
  const execution = new Execution(ctx, { toolName: 'reply', params: {} }, 0);
  Object.assign(execution, { connector: {} as Connector, tool, args: {}, account: accountAt(1) });
  const admission = new CallAdmission(
    audit,
    new CallJournal(audit, new Metrics(), { now: () => 0 }),
    preparation,
    accounts as unknown as ConnectedAccountsService,
    tokens as unknown as TokenService,
  );
  return { admit: () => admission.admit(execution), steps, intents, execution };
}

describe('CallAdmission', () => {
  it('asks the fence once when nothing has changed', async () => {
    const { admit, steps, intents } = play({ answers: [ADMITTED] });
    await admit();
    expect(steps).toEqual(['admit']);
    expect(intents[0]?.fence).toEqual({ accountVersion: 1, clientVersion: 1 });
  });

  it('reads account and client again when they have changed, decides anew and asks once more', async () => {
    const { admit, steps, intents, execution } = play({ answers: [refused('account_changed'), ADMITTED] });
    await admit();
    expect(steps).toEqual(['admit', 'forget ca_1', 'reload client', 'prepare', 'admit']);
    expect(intents[1]?.fence).toEqual({ accountVersion: 2, clientVersion: 2 });
    expect(intents[1]?.executionId).toBe(intents[0]?.executionId);
    expect(execution.ctx.caller?.version).toBe(2);
  });

  it.each<[Reason, string, object]>([
    ['tenant_suspended', 'permission_denied', { reason: 'tenant_suspended' }],
    ['tenant_shredded', 'permission_denied', { reason: 'tenant_shredded' }],
    ['client_disabled', 'unauthenticated', {}],
    ['client_changed', 'conflict', {}],
    ['account_missing', 'account_not_found', {}],
    ['account_inactive', 'conflict', {}],
    ['account_changed', 'conflict', {}],
    ['connection_disabled', 'policy_denied', { rule: 'connection.disabled' }],
  ])('refuses a call that the fence still refuses after that: %s', async (reason, code, details) => {
    const { admit, steps } = play({ answers: [refused('account_changed'), refused(reason)] });
    const error: unknown = await admit().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code,
      details,
      message: expect.stringContaining('Nothing was sent to the provider'),
    });
    expect(steps.filter((step) => step === 'admit')).toHaveLength(2);
  });

  it('ends with the new decision when the call may not be made any more, without asking again', async () => {
    const prepareAgain = new AppError('policy_denied', 'the toolset was narrowed');
    const { admit, steps } = play({ answers: [refused('client_changed'), ADMITTED], prepareAgain });
    await expect(admit()).rejects.toBe(prepareAgain);
    expect(steps.at(-1)).toBe('prepare');
  });

  it('refuses the call of a client that is disabled or has a new secret by now', async () => {
    const { admit, steps } = play({ answers: [refused('client_changed'), ADMITTED], reloaded: null });
    await expect(admit()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(steps).toEqual(['admit', 'forget ca_1', 'reload client']);
  });

  it('leaves the client out where there is none', async () => {
    const { admit, steps, intents } = play({ answers: [refused('account_changed'), ADMITTED], caller: null });
    await admit();
    expect(steps).not.toContain('reload client');
    expect(intents.map(({ fence }) => fence.clientVersion)).toEqual([null, null]);
  });
});
