import ipaddr from 'ipaddr.js';

/** Which names and addresses may be dialled. */
export interface EgressRules {
  /** Whether the operator opened this name, whatever it resolves to. */
  allowsName(hostname: string): boolean;
  /** @param address an IP address in any usual form; what cannot be read is refused */
  allowsAddress(address: string): boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Where clouds keep credentials of machines; a range in `EGRESS_ALLOW` does not open them, only the address itself does. */
const metadataAddresses = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
]);

/** IPv6 outside of this is special, now or later (RFC 4291, section 2.4). */
const globalUnicast: Range = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * The rules for what we dial: addresses of the public internet, and what the operator opened.
 *
 * Refused are private, loopback, link-local, shared (CGNAT), multicast, unspecified, documentation and other special ranges,
 * and IPv6 forms that carry an IPv4 address to somewhere else (NAT64, 6to4, Teredo). A mapped IPv4 address counts as itself.
 *
 * @param allow `EGRESS_ALLOW`: host names in lower case, IP addresses, and ranges in CIDR notation
 */
export function createEgressRules(allow: readonly string[]): EgressRules {
  const names = new Set(allow.filter((entry) => !entry.includes('/') && !ipaddr.isValid(entry)));
  const addresses = new Set(
    allow.filter((entry) => ipaddr.isValid(entry)).map((entry) => ipaddr.process(entry).toString()),
  );
  const ranges: readonly Range[] = allow.filter((entry) => entry.includes('/')).map((entry) => ipaddr.parseCIDR(entry));
  return {
    allowsName: (hostname) => names.has(hostname.toLowerCase().replace(/\.$/, '')),
    allowsAddress(text) {
      if (!ipaddr.isValid(text)) return false;
      const address = ipaddr.process(text);
      if (addresses.has(address.toString())) return true;
      if (metadataAddresses.has(address.toString())) return false;
      return ranges.some((range) => isIn(address, range)) || isPublic(address);
    },
  };
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isIn(address, globalUnicast);
}

function isIn(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
