import type { AnyConnector } from '../connector-kit/index.ts';
import { documents } from './documents.ts';
import { files } from './files/files.ts';
import { exceptionStub } from './internal/exception-stub.ts';
import { fileStub } from './internal/file-stub.ts';
import { incrementalStub } from './internal/incremental-stub.ts';
import { stub } from './internal/stub.ts';
import { timed } from './internal/timed.ts';

/** Every source there is, in the order in which the API lists them. A new connector is one line here. */
export const allConnectors: readonly AnyConnector[] = [
  files,
  documents,
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
  options: { readonly includeInternal: boolean },
): { find(shortName: string): AnyConnector | undefined; list(): readonly AnyConnector[] } {
  const offered = connectors.filter((connector) => options.includeInternal || !connector.isInternal);
  const byName = new Map(offered.map((connector) => [connector.shortName, connector]));
  if (byName.size !== offered.length) throw new Error('Two connectors have the same short name.');
  return { find: (shortName) => byName.get(shortName), list: () => offered };
}
