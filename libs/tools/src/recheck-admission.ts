import type { RefusalReason } from '#app/audit';
import type { ProviderHttp } from '#app/connector-kit';
import { AppError } from '#app/kernel';

/**
 * A client that asks before every request but the first whether what the call was admitted on still holds.
 *
 * The first request follows admission at once. A retry after a rate limit, the next page or the next step may come seconds later,
 * and must not leave for an account that was disconnected in between, nor for a client or a tenant that was stopped.
 *
 * @param refused why the call would not be admitted any more, or null
 */
export const recheckAdmission = (http: ProviderHttp, refused: () => Promise<RefusalReason | null>): ProviderHttp => {
  let requests = 0;
  const sendAdmitted: ProviderHttp['send'] = async (request, options) => {
    const reason = await refused();
    if (reason !== null) throw changedMeanwhile(reason);
    return http.send(request, options);
  };
  return {
    send: (request, options) => {
      requests += 1;
      return requests === 1 ? http.send(request, options) : sendAdmitted(request, options);
    },
    redact: (text) => http.redact(text),
    ...(http.renew === undefined ? {} : { renew: async () => (await http.renew?.()) === true }),
  };
};

const changedMeanwhile = (reason: RefusalReason): AppError =>
  new AppError(
    'conflict',
    `${SUBJECTS[reason]} was disabled, disconnected or changed during the call. What had not left by then was not sent.`,
    { details: { reason } },
  );

const SUBJECTS: Readonly<Record<RefusalReason, string>> = {
  tenant_suspended: 'The tenant',
  tenant_shredded: 'The tenant',
  client_disabled: 'The API client',
  client_changed: 'The API client',
  account_missing: 'The connected account',
  account_inactive: 'The connected account',
  account_changed: 'The connected account',
  connection_disabled: 'The connection',
};
