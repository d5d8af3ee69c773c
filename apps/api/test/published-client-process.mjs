/**
 * Runs the published client in a process of its own, as its users do: Jest can't load it. A message asks for one call of a client
 * that was made for it, or of one that is kept under a name; what it returns or throws goes back.
 */
import { isToolException, ScalekitClient } from '@scalekit-sdk/node';

const kept = new Map();

process.on('message', (asked) => void serve(asked));

async function serve({ id, client, path, args }) {
  try {
    const value = await call(clientOf(client), path.split('.'), args);
    process.send({ id, value: plain(value) });
  } catch (error) {
    process.send({ id, error: { ...described(error), plain: plain(error) } });
  }
}

function clientOf({ url, clientId, clientSecret, options, keep }) {
  const made = kept.get(keep) ?? new ScalekitClient(url, clientId, clientSecret, options);
  if (keep !== undefined) kept.set(keep, made);
  return made;
}

function call(client, path, args) {
  const method = path.pop();
  const owner = path.reduce((part, name) => part[name], client);
  return owner[method](...args);
}

function described(error) {
  const names = ['errorCode', 'toolErrorCode', 'toolErrorMessage', 'executionId', 'httpStatus', 'grpcStatus'];
  return {
    class: error.constructor.name,
    status: error.response?.status,
    message: error.message,
    isTool: isToolException(error),
    ...Object.fromEntries(names.map((name) => [name, error[name]])),
  };
}

/** Without what can't travel: functions, sockets, circles. Big integers become text. */
function plain(value) {
  const seen = new Set();
  const text = JSON.stringify(value, (name, inner) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null) return inner;
    if (seen.has(inner) || ['request', 'config', 'socket'].includes(name)) return undefined;
    seen.add(inner);
    return inner;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

process.on('disconnect', () => process.exit());
process.send({ ready: true });
