import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { AppError, ErrorCode } from '#app/kernel';
import { ErrorInfoSchema } from './generated/scalekit/v1/errdetails/errdetails_pb.js';
import { shortened } from '../shortened.js';

type Info = MessageInitShape<typeof ErrorInfoSchema>;

/** The published client never repeats a call with this error code, and never takes it for a token that has run out. */
const TOOL_ERROR = 'TOOL_ERROR';
/** All of an error travels in headers: where they are longer than about 8 KB, some clients lose the connection. */
const MESSAGE_BYTES = 1_000;
const VIOLATIONS = 20;
const FIELD_BYTES = 60;
const VIOLATION_BYTES = 100;

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
  request_incomplete: { code: Code.DeadlineExceeded, errorCode: 'REQUEST_INCOMPLETE' },
  payload_too_large: { code: Code.ResourceExhausted, errorCode: 'PAYLOAD_TOO_LARGE' },
  unsupported_media_type: { code: Code.InvalidArgument, errorCode: 'UNSUPPORTED_MEDIA_TYPE' },
  headers_too_large: { code: Code.ResourceExhausted, errorCode: 'HEADERS_TOO_LARGE' },
  rate_limited: { code: Code.ResourceExhausted, errorCode: 'RATE_LIMITED' },
  provider_rate_limited: { code: Code.ResourceExhausted, errorCode: TOOL_ERROR },
  provider_error: { code: Code.Internal, errorCode: TOOL_ERROR },
  timeout: { code: Code.DeadlineExceeded, errorCode: TOOL_ERROR },
  unknown_outcome: { code: Code.Internal, errorCode: TOOL_ERROR },
  not_available: { code: Code.Unavailable, errorCode: 'NOT_AVAILABLE' },
  internal: { code: Code.Internal, errorCode: 'INTERNAL' },
};

/** An error as the gRPC status that the published client makes its exceptions of. */
export function toConnectError(error: AppError, requestId: string): ConnectError {
  const { code, errorCode } = error.dispatched ? meaningOfCall(error) : MEANINGS[error.code];
  const message = shortened(error.message, MESSAGE_BYTES);
  // without details, as a client expects it whose token has run out
  if (error.code === 'unauthenticated') return new ConnectError(message, code, metadataOf(error));
  const value = { ...infoOf(error, errorCode), requestInfo: { requestId } };
  return new ConnectError(message, code, metadataOf(error), [{ desc: ErrorInfoSchema, value }]);
}

/**
 * Of what came after a call was admitted, the caller hears as of a tool that failed, whatever it was: a client that takes it for
 * trouble on the way would make the call again.
 */
const meaningOfCall = ({ code }: AppError): Meaning => ({
  code: code === 'not_available' ? Code.Internal : MEANINGS[code].code,
  errorCode: TOOL_ERROR,
});

function metadataOf({ details: { retry_after: seconds } }: AppError): Record<string, string> {
  return typeof seconds === 'number' ? { 'retry-after': String(Math.ceil(seconds)) } : {};
}

function infoOf(error: AppError, errorCode: string): Info {
  const { permission, connect_url: connectUrl } = error.details;
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

const toolErrorInfo = ({ code, message, details }: AppError): NonNullable<Info['toolErrorInfo']> => ({
  executionId: String(details['execution_id'] ?? ''),
  toolErrorMessage: shortened(message, MESSAGE_BYTES),
  // the published client's users look for the state of the account here
  toolErrorCode: String(details['account_status'] ?? code.toUpperCase()),
});

const violations = (error: AppError) =>
  error.errors.slice(0, VIOLATIONS).map(({ field, message }) => ({
    field: shortened(field, FIELD_BYTES),
    description: shortened(message, VIOLATION_BYTES),
  }));
