import type { z } from 'zod';
import type { OAuth } from '../auth.ts';
import type { Connector, Stream, ValidateContext } from '../connector.ts';
import { type AnyConnector, defineConnector } from '../define-connector.ts';
import type { GroupMembership } from '../entity.ts';
import { fieldsOf } from '../fields-of.ts';
import { SourceError } from '../source-error.ts';
import type { Call } from './call.ts';
import type { EntityClass } from './entity-class.ts';
import type { Given, HttpStream, StreamWord } from './http-stream.ts';
import { readStream } from './read-stream.ts';
import { bearer } from './signing.ts';
import { type ApiWords, createSourceApi } from './source-api.ts';
import type { Pace } from './source-http.ts';

/** A source that is read over HTTP, as facts about it. */
export interface HttpDeclaration<Config extends object, Credentials extends object>
  extends Pick<Connector, 'shortName' | 'displayName' | 'description' | 'className' | 'labels' | 'authMethods'> {
  readonly oauth?: OAuth;
  /** Default: hourly at most. */
  readonly supportsContinuous?: boolean;
  /** Whose limit of requests it is at the vendor; default the organisation's. */
  readonly rateLimitLevel?: 'org' | 'connection';
  readonly config: z.ZodObject & z.ZodType<Config>;
  readonly credentials: z.ZodObject & z.ZodType<Credentials>;
  readonly http: HttpWords<Config, Credentials>;
  /** Every class that the source gives. */
  // biome-ignore lint/suspicious/noExplicitAny: a class of any fields; `EntityClass` is invariant in them
  readonly entities: readonly Pick<EntityClass<any>, 'type'>[];
  /** One cheap request that only working credentials and configuration can make. */
  readonly check: (given: Given<Config, Credentials>) => Call;
  readonly streams: (
    stream: StreamWord<Given<Config, Credentials>>,
  ) => Readonly<Record<string, HttpStream<Given<Config, Credentials>>>>;
  /** Who is in which group; see `Connector.memberships`. */
  readonly memberships?: (given: Given<Config, Credentials>) => AsyncIterable<readonly GroupMembership[]>;
}

export interface HttpWords<Config, Credentials> {
  /** https, without a slash at the end. A function for sources whose host is the account's; it must check what it takes in. */
  readonly baseUrl: string | ((given: { readonly config: Config; readonly credentials: Credentials }) => string);
  readonly pace: Pace;
  /** Sent with every request: versions and the like. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The token among the credentials; with OAuth the kit gives a fresh one itself. */
  readonly token: (credentials: Credentials) => string;
  /** How a token signs a request; default `Authorization: Bearer`. */
  readonly sign?: (token: string) => Readonly<Record<string, string>>;
  readonly problemOf?: ApiWords['problemOf'];
  /** Other places, as `https://uploads.example`, that calls may be sent to, credentials included. */
  readonly alsoAt?: readonly string[];
}

/** Declares a source that is read over HTTP: what `defineConnector` is for the others. */
export function defineHttpConnector<Config extends object, Credentials extends object>(
  declaration: HttpDeclaration<Config, Credentials>,
): AnyConnector {
  type G = Given<Config, Credentials>;
  const {
    http,
    entities,
    check,
    streams,
    memberships,
    supportsContinuous = false,
    rateLimitLevel = 'org',
    ...facts
  } = declaration;

  function open(context: Omit<ValidateContext<Config, Credentials>, 'policy'>): G {
    const { config, credentials, signal } = context;
    if (context.http === undefined) throw new Error(`The source ${facts.shortName} was given no way to dial out.`);
    const { baseUrl, headers = {}, sign = bearer, token, problemOf, alsoAt = [] } = http;
    const words: ApiWords = {
      displayName: facts.displayName,
      baseUrl: typeof baseUrl === 'string' ? baseUrl : baseUrl({ config, credentials }),
      ...{ headers, sign, token: token(credentials), tokens: context.tokens, problemOf, alsoAt },
    };
    return { config, credentials, signal, api: createSourceApi(context.http, words, signal) };
  }

  const declared = streams({
    // What an item is was checked where the words were written; the kit only hands it from one of them to the next.
    list: (words) => ({ kind: 'list', words: words as never }),
    read: (mode, read) => ({ kind: 'read', mode, read }),
  });

  function toStream(stream: HttpStream<G>): Stream<Config, Credentials> {
    if (stream.kind === 'read') {
      return {
        mode: stream.mode,
        read: ({ checkpoint, wasIndexed, ...context }) =>
          stream.read({
            ...open(context),
            ...(checkpoint === undefined ? {} : { checkpoint }),
            ...(wasIndexed === undefined ? {} : { wasIndexed }),
          }),
      };
    }
    const { words } = stream;
    return {
      mode: words.since === undefined && words.changes === undefined ? 'full' : 'incremental',
      read: (context) =>
        readStream({
          words: words as never,
          given: open(context),
          checkpoint: context.checkpoint,
        }),
    };
  }

  return defineConnector<Config, Credentials>({
    ...facts,
    isInternal: false,
    supportsContinuous,
    rateLimitLevel,
    configFields: fieldsOf(facts.config),
    // Whoever signs in types none of them.
    credentialFields: facts.authMethods.includes('direct') ? fieldsOf(facts.credentials) : [],
    entityTypes: entities.map(({ type }) => type),
    pace: http.pace,
    streams: Object.fromEntries(Object.entries(declared).map(([name, stream]) => [name, toStream(stream)])),
    async validate(context) {
      const given = open(context);
      try {
        await given.api.page(
          check(given),
          { callFor: (call) => call, nextOf: () => undefined, itemsOf: () => [] },
          undefined,
        );
      } catch (error) {
        if (!(error instanceof SourceError) || error.kind !== 'entity') throw error;
        throw new SourceError(
          'configuration',
          `${error.message} Check the configuration and what the credentials may read.`,
          {
            cause: error,
          },
        );
      }
    },
    ...(memberships === undefined ? {} : { memberships: (context) => memberships(open(context)) }),
  });
}
