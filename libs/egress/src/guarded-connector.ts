import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { buildConnector } from 'undici';
import { classOfAddress, type AddressClass } from './address-class.js';
import { forbiddenAddress } from './destination.js';
import { EgressError, refused } from './egress-error.js';
import { HostPolicy, portOf } from './host-policy.js';

/** Every address a name has. Injectable, so that tests can answer as a hostile name server would. */
export type Resolver = (hostname: string) => Promise<readonly LookupAddress[]>;

const resolveAll = promisify(lookup);
export const systemResolver: Resolver = (hostname) => resolveAll(hostname, { all: true });

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Opens connections to permitted addresses only. The check sits in the socket's own name lookup: the addresses that were judged
 * are the ones that are connected to, so a name that changes its answer (DNS rebinding) gains nothing.
 */
export function guardedConnector(policy: HostPolicy, resolve: Resolver): buildConnector.connector {
  const toPublic = connectorFor(resolve, (found) => found === 'public');
  // Naming a host lets it be private, but not lead to a metadata service
  const toNamed = connectorFor(resolve, (found) => found !== 'reserved');
  return (options, callback) => {
    const { hostname } = options;
    if (policy.allows(hostname, portOf(options))) return toNamed(options, callback);
    if (isIP(hostname) !== 0 && classOfAddress(hostname) !== 'public')
      return callback(refused(forbiddenAddress(hostname)), null);
    return toPublic(options, callback);
  };
}

function connectorFor(resolve: Resolver, permits: (found: AddressClass) => boolean): buildConnector.connector {
  const permitted = async (hostname: string): Promise<Addresses> => judge(hostname, await resolve(hostname), permits);
  return buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: (hostname, options, callback) => void answer(permitted(hostname), options, callback),
  });
}

/** Hands a lookup's outcome to the socket, in the one form or the other that Node asks for. */
async function answer(lookedUp: Promise<Addresses>, { all }: LookupOptions, callback: LookupCallback): Promise<void> {
  const outcome = await lookedUp.then(
    (addresses) => ({ addresses }),
    (error: Error) => ({ error }),
  );
  if ('error' in outcome) return callback(outcome.error, '');
  const [first, ...others] = outcome.addresses;
  return all === true ? callback(null, [first, ...others]) : callback(null, first.address, first.family);
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
type Addresses = readonly [LookupAddress, ...LookupAddress[]];

/** One forbidden address among the answers condemns them all: an honest name has no reason to mix. */
function judge(
  hostname: string,
  [first, ...others]: readonly LookupAddress[],
  permits: (found: AddressClass) => boolean,
): Addresses {
  if (first === undefined) throw new EgressError('network', `${hostname} has no address`, false);
  const addresses: Addresses = [first, ...others];
  if (!addresses.every(({ address }) => permits(classOfAddress(address)))) throw refused(forbiddenAddress(hostname));
  return addresses;
}
