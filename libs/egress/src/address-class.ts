import { BlockList, isIP } from 'node:net';

/**
 * - `public`: on the internet
 * - `private`: this machine or a network of the operator's; let through only where the operator's policy names the host
 * - `reserved`: link-local and metadata services, multicast, tunnels into IPv4, documentation; let through only when the policy
 *   names the address itself
 */
export type AddressClass = 'public' | 'private' | 'reserved';

const PRIVATE = blockList([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared address space (CGNAT)
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7], // unique local
]);

const RESERVED = blockList([
  ['0.0.0.0', 8],
  ['100.100.100.200', 32], // Alibaba's metadata service, inside of CGNAT
  ['168.63.129.16', 32], // Azure's host agent: a public address that every VM there can reach
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Metadata services inside of unique local, which a named host may otherwise lead to
  ['fd00:42::42', 128], // Scaleway
  ['fd00:100::100:200', 128], // Alibaba
  ['fd00:a9fe:a9fe::1', 128], // Akamai
  ['fd00:c1::a9fe:a9fe', 128], // Oracle
  ['fd00:ec2::', 32], // AWS
  ['fd20:ce::254', 128], // Google
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4: any IPv4 address, private ones too, in disguise
  ['3fff::', 20],
]);

/** IPv6 is the other way round: outside of this block nothing is public. */
const GLOBAL_UNICAST_V6 = blockList([['2000::', 3]]);
/** NAT64: what IPv6-only networks reach the IPv4 internet through. Judged by the IPv4 address inside. */
const NAT64 = blockList([['64:ff9b::', 96]]);

/** Which part of the address space an IP address in its usual notation belongs to. Anything else is `reserved`. */
export function classOfAddress(address: string): AddressClass {
  const version = isIP(address);
  // A zone (`fe80::1%eth0`) names an interface of this machine: never a provider
  if (version === 0 || address.includes('%')) return 'reserved';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (family === 'ipv6' && NAT64.check(address, family)) return classOfAddress(embeddedIpv4(address));
  // BlockList judges a mapped address (::ffff:10.0.0.1) by the IPv4 rules; no resolver has reason to answer with one
  if (family === 'ipv6' && isMapped(address)) return 'reserved';
  if (RESERVED.check(address, family)) return 'reserved';
  if (PRIVATE.check(address, family)) return 'private';
  return family === 'ipv4' || GLOBAL_UNICAST_V6.check(address, family) ? 'public' : 'reserved';
}

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

/** The last 32 bits of an IPv6 address, written as IPv4. */
function embeddedIpv4(address: string): string {
  const [high = 0, low = 0] = groupsOf(address).slice(6);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

const isMapped = (address: string): boolean =>
  groupsOf(address).every((group, index) => index >= 6 || group === (index === 5 ? 0xffff : 0));

/** The eight 16-bit groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser writes every spelling in one way: hexadecimal, lower case, at most one `::`, no dotted tail
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].map((group) => parseInt(group, 16));
}
