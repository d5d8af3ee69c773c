import { AppError } from '#app/kernel';
import { HttpException } from '@nestjs/common';

const BODY_LIMIT = '1 MiB';

/** Turns what Fastify and Nest refuse by themselves into our errors; null for anything else. */
export function fromFramework(error: unknown): AppError | null {
  // Nest wraps what Fastify refuses; the code within says more than the status
  if (error instanceof HttpException) return fromFastify(error.cause) ?? fromHttpException(error);
  return (
    fromFastify(error) ?? (isClientError(error) ? new AppError('invalid_arguments', 'The request is not valid.') : null)
  );
}

function fromFastify(error: unknown): AppError | null {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('payload_too_large', `The request body is larger than ${BODY_LIMIT}.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('unsupported_media_type', 'Send the body as application/json with that content type.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new AppError(
        'invalid_arguments',
        'The content type is JSON but the body is empty. Send a JSON object, or no content type.',
      );
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new AppError('invalid_arguments', 'The body is not valid JSON.');
    case 'FST_ERR_BAD_URL':
      return new AppError('invalid_arguments', 'The URL is not valid.');
    default:
      return null;
  }
}

function fromHttpException(error: HttpException): AppError | null {
  switch (error.getStatus()) {
    case 400:
      return new AppError('invalid_arguments', 'The body is not valid JSON.');
    case 404:
      return new AppError('not_found', 'There is no such path with this method. The API is described at /api/docs.');
    case 413:
      return new AppError('payload_too_large', `The request body is larger than ${BODY_LIMIT}.`);
    case 415:
      return new AppError('unsupported_media_type', 'Send the body as application/json with that content type.');
    default:
      return null;
  }
}

function isClientError(error: unknown): boolean {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}
