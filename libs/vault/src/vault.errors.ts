import { AppError } from '#app/kernel';

/**
 * - `malformed`: no sealed record at all
 * - `unknown_format`: written by another release
 * - `unknown_key`: sealed with a data key that this tenant does not have (destroyed, or another tenant's)
 * - `not_authentic`: changed, or moved to another tenant, connection, account, field or version
 * - `wrong_master_key`: the data key itself can't be unwrapped
 */
export type OpenFailure = 'malformed' | 'unknown_format' | 'unknown_key' | 'not_authentic' | 'wrong_master_key';

/**
 * A stored secret does not open. It will not open later either, and it may be an attack: the caller records it.
 * A database or key service that is away is an `AppError` with the code `not_available` instead.
 */
export class VaultOpenError extends AppError {
  constructor(
    readonly reason: OpenFailure,
    options: { cause?: unknown } = {},
  ) {
    super(
      'internal',
      'A stored secret could not be opened, so it was not used. The operator finds the reason in the log.',
      {
        internal: `vault.open_failed: ${reason}`,
        ...options,
      },
    );
    this.name = 'VaultOpenError';
  }
}

/** The master key is missing, malformed or another one. For the operator, at boot: what is wrong and what to do. */
export class MasterKeyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MasterKeyError';
  }
}

const SHREDDED = 'tenant_shredded';

/** For whoever still wants to seal or rotate something of a tenant that was shredded. */
export const keysDestroyed = (): AppError =>
  new AppError(
    'permission_denied',
    'This tenant was shredded: its keys are destroyed, and nothing can be stored for it any more.',
    {
      details: { reason: SHREDDED },
    },
  );

/** Whether something was refused for that reason: it will never be possible again. */
export const isTenantShredded = (error: unknown): boolean =>
  error instanceof AppError && error.details?.['reason'] === SHREDDED;
