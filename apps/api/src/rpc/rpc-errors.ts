import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { AppError, ErrorCode } from '#app/kernel';
import { ErrorInfoSchema, type ErrorInfo } from './generated/scalekit/v1/errdetails/errdetails_pb.js';

/** The published client never repeats a call with this error code, and never takes it for a token that has run out. */
const TOOL_ERROR = 'TOOL_ERROR';
/** Details travel in a header: much longer ones break the connection in some clients. */
const MAX_TEXT = 1_000;
const MAX_VIOLATIONS = 20;

interface Meaning {
  readonly code: Code;
  readonly errorCode: string;
}

/** What the error codes of every door are in gRPC, and in the words of the published API. */
const MEANINGS: Readonly<Record<ErrorCode, Meaning>> = {
  invalid_arguments: { code: Code.InvalidArgument, errorCode: 'VALIDATION' },
  unauthenticated: { code: Code.Unauthenticated, errorCode: 'UNAUTHENTICATED' },
  permission_denied: { code: Code.PermissionDenied, errorCode: 'POLICY_DENIED' },
  policy_denied: { code: Code.PermissionDenied, errorCode: 'POLICY_DENIED' },
  approval_required: { code: Code.PermissionDenied, errorCode: 'APPROVAL_REQUIRED' },
  tool_not_found: { code: Code.NotFound, errorCode: 'TOOL_NOT_FOUND' },
  account_not_found: { code: Code.NotFound, errorCode: 'CONNECTED_ACCOUNT_NOT_FOUND' },
  account_not_active: { code: Code.Unauthenticated, errorCode: TOOL_ERROR },
  missing_scope: { code: Code.PermissionDenied, errorCode: TOOL_ERROR },
  forbidden_by_provider: { code: Code.PermissionDenied, errorCode: TOOL_ERROR },
  not_found: { code: Code.NotFound, errorCode: 'NOT_FOUND' },
  conflict: { code: Code.Aborted, errorCode: 'CONFLICT' },
  payload_too_large: { code: Code.InvalidArgument, errorCode: 'PAYLOAD_TOO_LARGE' },
  unsupported_media_type: { code: Code.InvalidArgument, errorCode: 'UNSUPPORTED_MEDIA_TYPE' },
  rate_limited: { code: Code.ResourceExhausted, errorCode: 'RATE_LIMITED' },
  provider_rate_limited: { code: Code.ResourceExhausted, errorCode: TOOL_ERROR },
  provider_error: { code: Code.Internal, errorCode: TOOL_ERROR },
  timeout: { code: Code.DeadlineExceeded, errorCode: TOOL_ERROR },
  unknown_outcome: { code: Code.Internal, errorCode: TOOL_ERROR },
  not_available: { code: Code.Unavailable, errorCode: 'NOT_AVAILABLE' },
  internal: { code: Code.Internal, errorCode: 'INTERNAL' },
};

/**
 * An error as the gRPC status that the published client makes its exceptions of.
 *
 * @param dispatched whether a tool may have been called: then no code may be answered that makes a client repeat the call by itself
 */
export function toConnectError(error: AppError, requestId: string, dispatched: boolean): ConnectError {
  const { code, errorCode } = dispatched ? meaningOfCall(error) : MEANINGS[error.code];
  const info = create(ErrorInfoSchema, { ...infoOf(error, errorCode), requestInfo: { requestId } });
  return new ConnectError(error.message.slice(0, MAX_TEXT), code, { 'x-request-id': requestId }, [
    { desc: ErrorInfoSchema, value: info },
  ]);
}

/** Of what the provider answered, and of what must not be repeated, the caller hears as of a tool that failed. */
function meaningOfCall(error: AppError): Meaning {
  const meaning = MEANINGS[error.code];
  const status = error.details['provider_status'];
  if (typeof status === 'number') return { code: codeOfProvider(status, meaning.code), errorCode: TOOL_ERROR };
  const repeated = meaning.code === Code.Unavailable || error.code === 'internal' || error.code === 'conflict';
  return repeated ? { ...meaning, errorCode: TOOL_ERROR } : meaning;
}

function codeOfProvider(status: number, otherwise: Code): Code {
  if (status === 400 || status === 422) return Code.InvalidArgument;
  return status === 404 ? Code.NotFound : otherwise;
}

function infoOf(error: AppError, errorCode: string) {
  const { details } = error;
  const permission = details['permission'];
  const connectUrl = details['connect_url'];
  return {
    errorCode,
    ...(errorCode === TOOL_ERROR ? { toolErrorInfo: toolErrorInfo(error) } : {}),
    ...(error.errors.length > 0 ? { validationErrorInfo: { fieldViolations: violations(error) } } : {}),
    ...(typeof permission === 'string' ? { resourceInfo: { requiredPermissions: [permission] } } : {}),
    ...(typeof connectUrl === 'string'
      ? { helpInfo: { links: [{ description: 'Where the user connects the account', url: connectUrl }] } }
      : {}),
  };
}

const toolErrorInfo = ({
  code,
  message,
  details,
}: AppError): Required<Pick<ErrorInfo, 'toolErrorInfo'>>['toolErrorInfo'] => ({
  $typeName: 'scalekit.v1.errdetails.ToolErrorInfo',
  executionId: String(details['execution_id'] ?? ''),
  toolErrorMessage: message.slice(0, MAX_TEXT),
  // the published client's users look for the state of the account here
  toolErrorCode: String(details['account_status'] ?? code.toUpperCase()),
});

const violations = (error: AppError) =>
  error.errors.slice(0, MAX_VIOLATIONS).map(({ field, message }) => ({ field, description: message.slice(0, 200) }));
