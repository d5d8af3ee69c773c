import { classOfAddress } from './address-class.js';

describe('classOfAddress', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.1.1',
    '223.255.255.255',
  ])('calls %s public', (address) => expect(classOfAddress(address)).toBe('public'));

  it.each(['2606:4700:4700::1111', '2a00:1450::1', '2001:200::1', '64:ff9b::8.8.8.8', '64:ff9b::808:808'])(
    'calls %s public',
    (address) => expect(classOfAddress(address)).toBe('public'),
  );

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '::1',
    'fc00::1',
    'fdff:ffff::1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
  ])('calls %s private', (address) => expect(classOfAddress(address)).toBe('private'));

  it.each([
    ['this network', '0.0.0.0'],
    ['link-local and the usual metadata service', '169.254.169.254'],
    ['Alibaba metadata', '100.100.100.200'],
    ['Azure host agent', '168.63.129.16'],
    ['Oracle metadata', '192.0.0.192'],
    ['AWS metadata over IPv6', 'fd00:ec2::254'],
    ['Google metadata over IPv6', 'fd20:ce::254'],
    ['Oracle metadata over IPv6', 'fd00:c1::a9fe:a9fe'],
    ['Scaleway metadata over IPv6', 'fd00:42::42'],
    ['Akamai metadata over IPv6', 'fd00:a9fe:a9fe::1'],
    ['Alibaba metadata over IPv6', 'fd00:100::100:200'],
    ['documentation', '192.0.2.1'],
    ['benchmarks', '198.18.0.1'],
    ['benchmarks, far end', '198.19.255.255'],
    ['multicast', '224.0.0.1'],
    ['future use', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified IPv6', '::'],
    ['link-local IPv6', 'fe80::1'],
    ['a zone', 'fe80::1%eth0'],
    ['a public address with a zone', '2606:4700::1%lo'],
    ['site-local IPv6', 'fec0::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped public', '::ffff:8.8.8.8'],
    ['mapped in hexadecimal', '::ffff:7f00:1'],
    ['mapped, written out', '0:0:0:0:0:ffff:a9fe:a9fe'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['translated', '::ffff:0:127.0.0.1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:1::1'],
    ['documentation IPv6', '2001:db8::1'],
    ['new documentation IPv6', '3fff::1'],
    ['local NAT64', '64:ff9b:1::1'],
    ['NAT64 of a metadata service', '64:ff9b::169.254.169.254'],
    ['discard', '100::1'],
    ['segment routing', '5f00::1'],
    ['no address', 'localhost'],
    ['an unusual notation', '0x7f.1'],
    ['nothing', ''],
  ])('calls %s reserved (%s)', (_what, address) => expect(classOfAddress(address)).toBe('reserved'));
});
