import type { ProviderHttp } from '#app/connector-kit';
import { AppError } from '#app/kernel';

/**
 * A client that asks before every request but the first whether the account is still what was admitted.
 *
 * The first request follows admission at once. A retry after a rate limit, the next page or the next step may come seconds later,
 * and must not leave for an account that was disconnected in between.
 */
export const recheckAccount = (http: ProviderHttp, isUnchanged: () => Promise<boolean>): ProviderHttp => {
  let requests = 0;
  const sendUnchanged: ProviderHttp['send'] = async (request, options) => {
    if (!(await isUnchanged())) throw accountChanged();
    return http.send(request, options);
  };
  return {
    send: (request, options) => {
      requests += 1;
      return requests === 1 ? http.send(request, options) : sendUnchanged(request, options);
    },
    redact: (text) => http.redact(text),
    ...(http.renew === undefined ? {} : { renew: async () => (await http.renew?.()) === true }),
  };
};

const accountChanged = (): AppError =>
  new AppError(
    'conflict',
    'The connected account was disconnected or changed during the call. What had not left by then was not sent.',
  );
