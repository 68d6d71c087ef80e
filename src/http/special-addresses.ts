import { BlockList, isIP } from 'node:net';

/** IANA IPv4 Special-Purpose Address Registry, and multicast and reserved addresses beside it. */
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Global unicast is 2000::/3 (RFC 4291 section 2.4); everything else, mapped and translated IPv4 included, is special. */
const globalIpv6 = ['2000::/3'];

/** IANA IPv6 Special-Purpose Address Registry, as far as it lies within global unicast. */
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}

const ipv4 = listOf(specialIpv4, 'ipv4');
const ipv6 = { global: listOf(globalIpv6, 'ipv6'), special: listOf(specialIpv6, 'ipv6') };

/** Whether an address is not one on the public internet. What is no address at all is special too. */
export function isSpecialAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return ipv4.check(address, 'ipv4');
  if (family === 6) return !ipv6.global.check(address, 'ipv6') || ipv6.special.check(address, 'ipv6');
  return true;
}
