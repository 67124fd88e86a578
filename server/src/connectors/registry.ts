import { type AnyConnector, type SourceHttp, withHttp } from '../connector-kit/index.ts';
import { documents } from './documents.ts';
import { files } from './files/files.ts';
import { googleDrive } from './google-drive/google-drive.ts';
import { exceptionStub } from './internal/exception-stub.ts';
import { fileStub } from './internal/file-stub.ts';
import { incrementalStub } from './internal/incremental-stub.ts';
import { stub } from './internal/stub.ts';
import { timed } from './internal/timed.ts';
import { linear } from './linear/linear.ts';
import { stripe } from './stripe/stripe.ts';
import { zendesk } from './zendesk/zendesk.ts';

/** Every source there is, in the order in which the API lists them. A new connector is one line here. */
export const allConnectors: readonly AnyConnector[] = [
  files,
  documents,
  googleDrive,
  linear,
  stripe,
  zendesk,
  stub,
  timed,
  incrementalStub,
  exceptionStub,
  fileStub,
];

/**
 * The sources that this server offers, looked up by short name.
 *
 * @throws Error when two have the same short name
 */
export function createRegistry(
  connectors: readonly AnyConnector[],
  options: {
    readonly includeInternal: boolean;
    /** How connectors that are read over HTTP dial out outside of runs. Absent: they cannot. */
    readonly openHttp?: (connector: AnyConnector) => SourceHttp;
  },
): { find(shortName: string): AnyConnector | undefined; list(): readonly AnyConnector[] } {
  const { includeInternal, openHttp } = options;
  const offered = connectors
    .filter((connector) => includeInternal || !connector.isInternal)
    .map((connector) =>
      openHttp === undefined || connector.pace === undefined ? connector : withHttp(connector, openHttp(connector)),
    );
  const byName = new Map(offered.map((connector) => [connector.shortName, connector]));
  if (byName.size !== offered.length) throw new Error('Two connectors have the same short name.');
  return { find: (shortName) => byName.get(shortName), list: () => offered };
}
