import { AppError, newId, type RequestContext, type TenantId } from '#app/kernel';
import type { AuditTrail, ToolDenial, ToolOutcome } from '#app/audit';
import { Metrics } from '#app/observability';
import type { CallAdmission } from './call-admission.js';
import { CallJournal } from './call-journal.js';
import type { CallPreparation } from './call-preparation.js';
import { ExecuteTool } from './execute-tool.js';
import type { Execution } from './execution.js';
import type { CallOutcome, ProviderCall } from './provider-call.js';
import type { WriteOnce } from './write-once.js';

const ctx: RequestContext = {
  requestId: newId('request'),
  tenantId: 'ten_a' as TenantId,
  source: 'rest',
  caller: null,
};
const success: CallOutcome = { data: { id: '1' }, error: null, upstreamStatus: 200, upstreamRequests: 1 };

interface Faults {
  readonly prepare?: Error;
  readonly admit?: Error;
  readonly outcome?: CallOutcome;
  readonly recordDenial?: Error;
  readonly recordOutcome?: Error;
  readonly readOnly?: boolean;
  /** Held up until this resolves. */
  readonly answer?: Promise<void>;
}

/** The pipeline with real order and journal; the parts around it are played, and every step leaves its name. */
function pipeline(faults: Faults = {}) {
  const steps: string[] = [];
  const denials: ToolDenial[] = [];
  const outcomes: ToolOutcome[] = [];
  const step = (name: string, fault?: Error): void => {
    steps.push(name);
    if (fault) throw fault;
  };
  const tool = { name: 'reply', annotations: { readOnly: faults.readOnly ?? false }, redaction: {} };
  const preparation = {
    prepare: async (execution: Execution) => {
      step('prepare', faults.prepare);
      Object.assign(execution, {
        tool,
        connector: {},
        args: {},
        account: { id: 'ca_1', version: 1, principal: { id: '7' } },
      });
    },
  } as unknown as CallPreparation;
  const audit = {
    payloadMode: async () => 'full' as const,
    admit: async () => ({ admitted: true }) as const,
    recordDenial: async (denial: ToolDenial) => {
      step('record denial', faults.recordDenial);
      denials.push(denial);
    },
    recordOutcome: async (outcome: ToolOutcome) => {
      step('record outcome', faults.recordOutcome);
      outcomes.push(outcome);
    },
  } as unknown as AuditTrail;
  const call = async (): Promise<CallOutcome> => {
    step('call provider');
    await faults.answer;
    return faults.outcome ?? success;
  };
  const executor = new ExecuteTool(
    preparation,
    { admit: async () => step('admit', faults.admit) } as unknown as CallAdmission,
    { call } as unknown as ProviderCall,
    new CallJournal(audit, new Metrics(), { now: () => 1_000 }),
    {
      claim: async () => null,
      release: async () => step('give the key back'),
      settle: async () => undefined,
    } as unknown as WriteOnce,
  );
  const run = () => executor.run(ctx, { toolName: 'reply', identifier: 'u', params: {} });
  const stop = () => executor.onApplicationShutdown().then(() => step('stop'));
  return { run, stop, steps, denials, outcomes };
}

describe('ExecuteTool', () => {
  it('admits before it calls, and records before it answers', async () => {
    const { run, steps } = pipeline();
    await expect(run()).resolves.toMatchObject({ data: { id: '1' }, replayed: false });
    expect(steps).toEqual(['prepare', 'admit', 'call provider', 'record outcome']);
  });

  it.each(['prepare', 'admit'] as const)(
    'does not call the provider when %s refuses, gives the idempotency key back and records the refusal',
    async (where) => {
      const { run, steps, denials } = pipeline({ [where]: new AppError('policy_denied', 'no') });
      await expect(run()).rejects.toMatchObject({
        code: 'policy_denied',
        dispatched: false,
        details: { execution_id: expect.stringMatching(/^exe_/) },
      });
      expect(steps).not.toContain('call provider');
      expect(steps.slice(-2)).toEqual(['give the key back', 'record denial']);
      expect(denials).toMatchObject([{ errorCode: 'policy_denied' }]);
    },
  );

  it('P7 turns a fault of our own before the call into a recorded refusal that tells nothing of it', async () => {
    const { run, steps, denials } = pipeline({ prepare: new TypeError('undefined is not a function') });
    await expect(run()).rejects.toMatchObject({ code: 'internal', message: expect.not.stringContaining('undefined') });
    expect(steps).not.toContain('call provider');
    expect(denials).toHaveLength(1);
  });

  it('A1 does not call the provider when the intent can not be made durable', async () => {
    const gone = new AppError('not_available', 'database away');
    const { run, steps } = pipeline({ admit: gone, recordDenial: gone });
    await expect(run()).rejects.toMatchObject({ code: 'not_available' });
    expect(steps).not.toContain('call provider');
  });

  it('withholds the result of a read whose outcome can not be recorded', async () => {
    const { run } = pipeline({ readOnly: true, recordOutcome: new AppError('not_available', 'away') });
    await expect(run()).rejects.toMatchObject({ code: 'not_available' });
  });

  it('says that a write may have happened when its outcome can not be recorded', async () => {
    const { run } = pipeline({ recordOutcome: new AppError('not_available', 'away') });
    await expect(run()).rejects.toMatchObject({ code: 'unknown_outcome', dispatched: true });
  });

  it('says that nothing happened when the provider refused a write, even if that can not be recorded', async () => {
    const error = new AppError('forbidden_by_provider', 'no');
    const outcome = { data: null, error, upstreamStatus: 403, upstreamRequests: 1 };
    const { run } = pipeline({ outcome, recordOutcome: new AppError('not_available', 'away') });
    await expect(run()).rejects.toMatchObject({ code: 'forbidden_by_provider' });
  });

  it('records what came of a call under way, whoever still waits for it, before the process ends', async () => {
    let answer = (): void => undefined;
    const { run, stop, steps } = pipeline({ answer: new Promise((resolve) => (answer = resolve)) });
    const calls = [run(), run()];
    const stopped = stop();
    await new Promise(setImmediate);
    answer();
    await Promise.all([...calls, stopped]);
    expect(steps.slice(-3)).toEqual(['record outcome', 'record outcome', 'stop']);
    await stop();
  });

  it('records a failure of the provider with its status', async () => {
    const error = new AppError('provider_error', 'failed');
    const { run, outcomes } = pipeline({ outcome: { data: null, error, upstreamStatus: 500, upstreamRequests: 3 } });
    await expect(run()).rejects.toMatchObject({ code: 'provider_error', dispatched: true });
    expect(outcomes).toMatchObject([
      { status: 'failure', errorCode: 'provider_error', upstreamStatus: 500, upstreamRequests: 3 },
    ]);
  });
});
