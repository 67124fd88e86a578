import { pathToFileURL } from 'node:url';
import { z } from 'zod';

type Call = (...args: readonly unknown[]) => Promise<Record<string, unknown>>;
type Calls<Names extends string> = Readonly<Record<Names, Call>>;

/** The methods of the older generation's client, all of them; answers are looked at by the tests. */
export interface OlderClient {
  readonly sources: Calls<'list' | 'get'>;
  readonly collections: Calls<
    'list' | 'create' | 'get' | 'delete' | 'refreshAllSourceConnections' | 'searchGetLegacy' | 'search'
  >;
  readonly sourceConnections: Calls<
    'list' | 'create' | 'get' | 'delete' | 'update' | 'run' | 'getSourceConnectionJobs' | 'cancelJob'
  >;
}

export interface OlderSdk {
  connect(baseUrl: string, apiKey: string): OlderClient;
  /** What a call failed with. @throws Error when it did not fail, or with something that is no error of the client */
  refusalOf(
    call: Promise<unknown>,
  ): Promise<{ readonly name: string; readonly statusCode: number; readonly body: unknown }>;
}

/**
 * Loads the client of the older generation.
 *
 * @param directory where npm installed it. It names no licence, so it is no dependency of this project
 */
export async function loadOlderSdk(directory: string): Promise<OlderSdk> {
  const entry = pathToFileURL(`${directory}/node_modules/@airweave/sdk/dist/esm/index.mjs`).href;
  const sdk = (await import(entry)) as {
    readonly AirweaveSDKClient: new (options: object) => OlderClient;
    readonly AirweaveSDKError: new () => Error;
  };
  return {
    connect: (baseUrl, apiKey) => new sdk.AirweaveSDKClient({ baseUrl, apiKey }),
    refusalOf: async (call) => {
      const error: unknown = await call.then(
        () => new Error('the call succeeded'),
        (reason: unknown) => reason,
      );
      if (!(error instanceof sdk.AirweaveSDKError)) throw error;
      const { statusCode, body } = z.object({ statusCode: z.int(), body: z.unknown() }).parse(error);
      return { name: error.constructor.name, statusCode, body };
    },
  };
}
