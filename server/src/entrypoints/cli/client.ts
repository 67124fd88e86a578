import { z } from 'zod';
import { EvaluationSet } from './evaluate/evaluation-set.ts';
import type { HttpClient } from './http-client.ts';
import {
  AccountLink,
  ApiDescription,
  ApiKey,
  Collection,
  Connection,
  ConnectionListItem,
  DocumentList,
  IndexMove,
  Job,
  ModelList,
  ModelTest,
  RankedAnswer,
  Readiness,
  Reindex,
  SearchAnswer,
} from './wire.ts';

/** A `files` source's configuration as the API takes it. */
export interface FolderConfig {
  readonly path: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly watch?: boolean;
}

export interface SearchRequest {
  readonly query: string;
  readonly limit: number;
  readonly offset: number;
  readonly retrieval_strategy: string;
}

/** A search whose documents matter, not their passages. */
export interface TierSearchRequest {
  readonly query: string;
  readonly limit: number;
  readonly group_by: string;
  readonly retrieval_strategy?: string;
  /** A measurement is none of the searches that people make. */
  readonly log: false;
}

export interface NewKey {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly collections?: readonly string[];
  readonly expiration_days?: number;
}

const pageSize = 1000;
const part = encodeURIComponent;

/** The calls of the API that the commands need, typed. Errors are those of `HttpClient.request`. */
export function createClient(http: HttpClient) {
  return {
    url: http.url,
    version: async () => (await http.request('GET', '/openapi.json', ApiDescription)).info.version,
    /** Also answers when the server is up but not ready (503). */
    readiness: () => http.request('GET', '/health/ready', Readiness, { alsoAccept: [503] }),

    listCollections: () => readPages((query) => http.request('GET', '/collections', z.array(Collection), { query })),
    getCollection: (id: string) => http.request('GET', `/collections/${part(id)}`, Collection),
    createCollection: (body: { readonly name: string; readonly readable_id?: string }) =>
      http.request('POST', '/collections', Collection, { body }),
    deleteCollection: (id: string) => http.request('DELETE', `/collections/${part(id)}`, Collection),

    startReindex: (collection: string) => http.request('POST', `/collections/${part(collection)}/reindex`, Reindex),
    startIndexMove: () => http.request('POST', '/index-move', IndexMove),
    getIndexMove: () => http.request('GET', '/index-move', IndexMove),
    getReindex: (collection: string) => http.request('GET', `/collections/${part(collection)}/reindex`, Reindex),

    /** @param collection readable id; absent: of all collections */
    listConnections: (collection?: string) =>
      readPages((query) =>
        http.request('GET', '/source-connections', z.array(ConnectionListItem), { query: { ...query, collection } }),
      ),
    getConnection: (id: string) => http.request('GET', `/source-connections/${part(id)}`, Connection),
    connectFolder: (collection: string, name: string, config: FolderConfig) =>
      http.request('POST', '/source-connections', Connection, {
        body: {
          name,
          short_name: 'files',
          readable_collection_id: collection,
          config,
          authentication: { credentials: {} },
          sync_immediately: true,
        },
      }),
    updateConnection: (id: string, body: { readonly name?: string; readonly config?: FolderConfig }) =>
      http.request('PATCH', `/source-connections/${part(id)}`, Connection, { body }),
    runConnection: (id: string) => http.request('POST', `/source-connections/${part(id)}/run`, Job),
    listJobs: (id: string, limit: number) =>
      http.request('GET', `/source-connections/${part(id)}/jobs`, z.array(Job), { query: { limit } }),

    search: (collection: string, body: SearchRequest) =>
      http.request('POST', `/collections/${part(collection)}/search/instant`, SearchAnswer, { body }),
    searchTier: (collection: string, tier: string, body: TierSearchRequest) =>
      http.request('POST', `/collections/${part(collection)}/search/${part(tier)}`, RankedAnswer, { body }),
    getEvaluationSet: (collection: string) =>
      http.request('GET', `/collections/${part(collection)}/evaluation-set`, EvaluationSet, {
        query: { limit: 10_000 },
      }),
    listDocuments: (collection: string, query: { readonly state?: string; readonly limit: number }) =>
      http.request('GET', `/collections/${part(collection)}/documents`, DocumentList, { query: { ...query } }),

    listModels: () => http.request('GET', '/models', ModelList),
    /** @param task absent: the models of all tasks */
    testModels: (task?: string) =>
      http.request('POST', '/models/test', ModelTest, { body: task === undefined ? {} : { task } }),

    openBackup: (query: { readonly keys: string }) => http.open('/backup', query),

    listKeys: () => http.request('GET', '/api-keys', z.array(ApiKey), { query: { limit: pageSize } }),
    createKey: (body: NewKey) => http.request('POST', '/api-keys', ApiKey, { body }),
    rotateKey: (id: string) => http.request('POST', `/api-keys/${part(id)}/rotate`, ApiKey),
    createFirstOwnerLink: () => http.request('POST', '/auth/first-owner-link', AccountLink),
    createResetLink: (email: string, withoutSecondFactor: boolean) =>
      http.request('POST', '/auth/reset-link', AccountLink, {
        body: { email, without_second_factor: withoutSecondFactor },
      }),
    revokeKey: (id: string) => http.request('DELETE', '/api-keys', ApiKey, { query: { id } }),
  };
}
export type Client = ReturnType<typeof createClient>;

/** All pages of a list, one after another; the API says only by a short page that it was the last. */
async function readPages<Item>(
  readPage: (query: { readonly skip: number; readonly limit: number }) => Promise<readonly Item[]>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (;;) {
    const page = await readPage({ skip: items.length, limit: pageSize });
    items.push(...page);
    if (page.length < pageSize) return items;
  }
}
