import { Code, type ConnectError } from '@connectrpc/connect';
import { AppError, ERROR_CATALOGUE, type AppErrorOptions, type ErrorCode } from '#app/kernel';
import { type ErrorInfo, ErrorInfoSchema } from './generated/scalekit/v1/errdetails/errdetails_pb.js';
import { toConnectError } from './rpc-errors.js';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

function answer(code: ErrorCode, options: AppErrorOptions = {}, message = 'What is wrong, and what to do.') {
  const error = toConnectError(new AppError(code, message, options), 'req_1');
  return { error, info: infoOf(error) };
}

/** As a client reads it off the wire. */
function infoOf(error: ConnectError): ErrorInfo | undefined {
  return error.findDetails(ErrorInfoSchema)[0];
}

describe('errors over gRPC', () => {
  it.each<[ErrorCode, keyof typeof Code, string]>([
    ['invalid_arguments', 'InvalidArgument', 'VALIDATION'],
    ['permission_denied', 'PermissionDenied', 'POLICY_DENIED'],
    ['policy_denied', 'PermissionDenied', 'POLICY_DENIED'],
    ['approval_required', 'PermissionDenied', 'APPROVAL_REQUIRED'],
    ['tool_not_found', 'NotFound', 'TOOL_NOT_FOUND'],
    ['account_not_found', 'NotFound', 'CONNECTED_ACCOUNT_NOT_FOUND'],
    ['account_not_active', 'Unauthenticated', 'TOOL_ERROR'],
    ['missing_scope', 'PermissionDenied', 'TOOL_ERROR'],
    ['not_found', 'NotFound', 'NOT_FOUND'],
    ['conflict', 'Aborted', 'CONFLICT'],
    ['payload_too_large', 'ResourceExhausted', 'PAYLOAD_TOO_LARGE'],
    ['rate_limited', 'ResourceExhausted', 'RATE_LIMITED'],
    ['not_available', 'Unavailable', 'NOT_AVAILABLE'],
    ['internal', 'Internal', 'INTERNAL'],
  ])('say %s, before anything was sent, as %s and %s', (code, grpc, errorCode) => {
    const { error, info } = answer(code);
    expect([Code[error.code], info?.errorCode]).toEqual([grpc, errorCode]);
    expect(info?.requestInfo?.requestId).toBe('req_1');
    expect(info?.toolErrorInfo === undefined).toBe(errorCode !== 'TOOL_ERROR');
  });

  it('say nothing but the code where the token of the API client is no good: that makes clients get a new one', () => {
    const { error, info } = answer('unauthenticated');
    expect([error.code, info]).toEqual([Code.Unauthenticated, undefined]);
  });

  it.each(CODES.filter((code) => code !== 'unauthenticated'))(
    'never let a client repeat a call by itself that was admitted: %s',
    (code) => {
      const { error, info } = answer(code, { dispatched: true, details: { execution_id: 'exe_1' } });
      expect(error.code).not.toBe(Code.Unavailable);
      expect(info).toMatchObject({
        errorCode: 'TOOL_ERROR',
        toolErrorInfo: { executionId: 'exe_1', toolErrorCode: code.toUpperCase(), toolErrorMessage: error.rawMessage },
      });
    },
  );

  it.each<[ErrorCode, keyof typeof Code]>([
    ['invalid_arguments', 'InvalidArgument'],
    ['not_found', 'NotFound'],
    ['forbidden_by_provider', 'PermissionDenied'],
    ['provider_rate_limited', 'ResourceExhausted'],
    ['provider_error', 'Internal'],
    ['timeout', 'DeadlineExceeded'],
    ['unknown_outcome', 'Internal'],
    ['not_available', 'Internal'],
    ['conflict', 'Aborted'],
  ])('keep the meaning of what a provider answered: %s is %s', (code, grpc) => {
    expect(Code[answer(code, { dispatched: true }).error.code]).toBe(grpc);
  });

  it('stay those of a call under way when something is added to them', () => {
    const error = new AppError('not_available', 'x', { dispatched: true }).with({ execution_id: 'exe_2' });
    expect(toConnectError(error, 'req_1').code).toBe(Code.Internal);
    expect(new AppError('not_available', 'x').with({}).dispatched).toBe(false);
  });

  it('name the state of the account, the link that mends it, and when to come back', () => {
    const details = { account_status: 'EXPIRED', connect_url: 'https://gate.example/connect/x', retry_after: 1.2 };
    const { error, info } = answer('account_not_active', { details });
    expect(info).toMatchObject({
      toolErrorInfo: { toolErrorCode: 'EXPIRED' },
      helpInfo: { links: [{ url: 'https://gate.example/connect/x' }] },
    });
    expect(error.metadata.get('retry-after')).toBe('2');
    expect(answer('permission_denied', { details: { permission: 'tools:read' } }).info?.resourceInfo).toMatchObject({
      requiredPermissions: ['tools:read'],
    });
  });

  it('fit into headers, however much there is to say, and carry no half characters', () => {
    const long = '😀'.repeat(2_000);
    const errors = Array.from({ length: 50 }, (_, at) => ({ field: `params.${at}${long}`, message: long }));
    const connectUrl = `https://gate.example/connect/${'x'.repeat(300)}`;
    const options = { errors, dispatched: true, details: { execution_id: 'exe_1', connect_url: connectUrl } };
    const { error, info } = answer('invalid_arguments', options, `\ud800${long}`);
    expect(info?.validationErrorInfo?.fieldViolations).toHaveLength(20);
    const trailers = setTrailerStatus(new Headers(), error);
    expect(trailers.get('grpc-status-details-bin')?.length).toBeLessThan(8 * 1024);
    expect(trailers.get('grpc-message')?.length).toBeLessThan(4 * 1024);
    expect(error.rawMessage).toMatch(/^\ufffd😀+…$/u);
  });
});
