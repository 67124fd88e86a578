import { describe, expect, it } from 'vitest';
import { createEgressRules } from './egress-rules.ts';

const closed = createEgressRules([]);

describe('createEgressRules', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '2a00:1450:4001::1'])(
    'lets through the public address %s',
    (address) => {
      expect(closed.allowsAddress(address)).toBe(true);
    },
  );

  it.each([
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['link-local', '169.254.1.1'],
    ['link-local', 'fe80::1'],
    ['link-local with its zone', 'fe80::1%eth0'],
    ['shared', '100.64.0.1'],
    ['unique local', 'fd12:3456::1'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['this network', '0.1.2.3'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '2001:db8::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped private in hex', '::ffff:a00:1'],
    ['compatible loopback', '::127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 of a public address', '64:ff9b::808:808'],
    ['local NAT64', '64:ff9b:1::1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['site-local', 'fec0::1'],
    ['metadata', '169.254.169.254'],
    ['metadata', '100.100.100.200'],
    ['metadata', 'fd00:ec2::254'],
    ['metadata at an address that looks public', '168.63.129.16'],
    ['no address', 'localhost'],
    ['no address', ''],
  ])('refuses %s: %s', (_, address) => {
    expect(closed.allowsAddress(address)).toBe(false);
  });

  it('opens the names, addresses and ranges that the operator names, and nothing beside them', () => {
    const rules = createEgressRules(['nas.local', '10.1.0.0/16', '192.168.1.5', 'fd00::/8', '::1']);
    for (const name of ['nas.local', 'NAS.local', 'nas.local.']) expect(rules.allowsName(name), name).toBe(true);
    for (const name of ['x.nas.local', 'nas.local.example', '10.1.0.0'])
      expect(rules.allowsName(name), name).toBe(false);
    for (const open of ['10.1.2.3', '::ffff:10.1.2.3', '192.168.1.5', 'fd12::1', '::1'])
      expect(rules.allowsAddress(open), open).toBe(true);
    for (const shut of ['10.2.0.1', '192.168.1.6', '127.0.0.1', 'fe80::1'])
      expect(rules.allowsAddress(shut), shut).toBe(false);
  });

  it('opens a cloud’s metadata only when the address itself is named', () => {
    expect(createEgressRules(['169.254.0.0/16', 'fd00::/8']).allowsAddress('169.254.169.254')).toBe(false);
    expect(createEgressRules(['169.254.0.0/16', 'fd00::/8']).allowsAddress('fd00:ec2::254')).toBe(false);
    expect(createEgressRules(['169.254.169.254']).allowsAddress('169.254.169.254')).toBe(true);
  });
});
