import type { AnyConnector } from '../../connector-kit/index.ts';

/** The sources this server offers, in the order in which they are listed. */
export interface ConnectorRegistry {
  find(shortName: string): AnyConnector | undefined;
  list(): readonly AnyConnector[];
}
