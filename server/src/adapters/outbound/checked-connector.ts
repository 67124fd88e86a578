import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { OutboundFailure } from '../../core/outbound/index.ts';
import type { EgressRules } from './egress-rules.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly ResolvedAddress[]>;

const connectTimeoutMs = 10_000;

const resolveWithSystem: ResolveName = (hostname) => lookup(hostname, { all: true });

/**
 * Opens connections for undici, to checked addresses only. The socket is given the addresses that were checked, so there is
 * no second look-up that could answer otherwise (DNS rebinding). A name with even one refused address is refused: such
 * names are made to pass the check with one address and be dialled at the other.
 */
export function createCheckedConnector(
  rules: EgressRules,
  resolve: ResolveName = resolveWithSystem,
): buildConnector.connector {
  const checkedLookup: LookupFunction = (hostname, options, callback) => {
    resolveChecked(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(new OutboundFailure('unreachable', `${hostname} has no address.`), '', 4);
        else if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 4),
    );
  };

  async function resolveChecked(hostname: string): Promise<readonly ResolvedAddress[]> {
    const addresses = await resolve(hostname);
    const isOpen = rules.allowsName(hostname) || addresses.every(({ address }) => rules.allowsAddress(address));
    if (!isOpen) throw refused(hostname);
    return addresses;
  }

  const dial = buildConnector({ lookup: checkedLookup, timeout: connectTimeoutMs });
  return (options, callback) => {
    // An address needs no look-up, so the function above is not asked.
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !rules.allowsAddress(literal)) callback(refused(literal), null);
    else dial(options, callback);
  };
}

/** The address that a name has is left out: it would tell about our network. */
function refused(hostname: string): OutboundFailure {
  return new OutboundFailure(
    'refused',
    `${hostname} is not on the public internet, so Weft does not connect to it. If it should, the operator adds it to EGRESS_ALLOW.`,
  );
}
