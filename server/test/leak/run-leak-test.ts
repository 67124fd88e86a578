import type pg from 'pg';
import { type Looker, visibleDocuments } from './leak-oracle.ts';
import { type LeakQuery, listQueryKinds } from './leak-queries.ts';
import { type LeakServer, startLeakServer } from './leak-server.ts';
import {
  Chance,
  createMemberships,
  createWorld,
  groupCount,
  type LeakCollection,
  type LeakDocument,
  type LeakWorld,
  markOf,
  people,
} from './leak-world.ts';

export interface LeakReport {
  readonly seed: number;
  readonly queries: number;
  /** Documents in answers, each of which was compared with what the rules say. */
  readonly resultsChecked: number;
  /** Answers of which everything that should be there was known. */
  readonly completeAnswersChecked: number;
  /** Documents shown to those who may not see them. */
  readonly leaks: number;
  /** Documents that should have been found and were hidden, and wrong counts. */
  readonly missing: number;
  /** Answers of another status than was to be expected. */
  readonly failures: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** The first of what went wrong. */
  readonly examples: readonly string[];
}

export interface LeakOptions {
  readonly connection: pg.PoolConfig;
  readonly seed: number;
  readonly queries: number;
  /** Of each organisation; default 3. */
  readonly collections?: number;
  /** Default 40. */
  readonly documentsPerConnection?: number;
  /** Then it ends with what was asked until then; default: it goes on. */
  readonly maxMinutes?: number;
  /** Once aborted, it ends in the same way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** Queries between two changes of who is in which group. */
const queriesPerRound = 250;
const concurrency = 4;
const maxExamples = 20;

/**
 * Asks a server by chance, as people, groups and keys of two organisations, and compares every answer with what the rules of
 * access alone say. Now and then the memberships of a connection change, or cannot be loaded.
 */
export async function runLeakTest(options: LeakOptions): Promise<LeakReport> {
  const chance = new Chance(options.seed);
  const { collections = 3, documentsPerConnection = 40 } = options;
  const world = createWorld(chance, { collections, documentsPerConnection });
  const server = await startLeakServer(options.connection, world);
  try {
    for (const connection of world.connections) await server.load(connection);
    const askers = await createAskers(world, server);
    const tally = new Tally(world, server);
    const deadline = Date.now() + (options.maxMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
    const isOver = () => options.signal?.aborted === true || Date.now() >= deadline;
    for (let done = 0; done < options.queries && !isOver(); ) {
      const round = Array.from({ length: Math.min(queriesPerRound, options.queries - done) }, () =>
        createQuestion(chance, world, askers),
      );
      await Promise.all(
        Array.from({ length: concurrency }, async (_, lane) => {
          for (let place = lane; place < round.length; place += concurrency) {
            const question = round[place];
            if (question !== undefined) await tally.ask(question);
          }
        }),
      );
      done += round.length;
      options.onProgress?.(done);
      const changed = chance.pick(world.connections);
      changed.memberships = chance.happens(20) ? null : createMemberships(chance);
      await server.load(changed);
    }
    return tally.report(options.seed);
  } finally {
    await server.close();
  }
}

interface Asker {
  readonly organization: LeakWorld['organizations'][number];
  readonly kind: 'person' | 'key' | 'limited key';
  readonly secret: string;
  readonly looker: Looker;
  /** Null: all. */
  readonly collections: readonly string[] | null;
}

async function createAskers(world: LeakWorld, server: LeakServer): Promise<readonly Asker[]> {
  const askers: Asker[] = [];
  for (const organization of world.organizations) {
    for (const email of [...people, null]) {
      const looker = email === null ? null : `user:${email}`;
      askers.push({
        organization,
        kind: 'person',
        secret: server.signIn(organization, email),
        looker,
        collections: null,
      });
    }
    const own = world.collections.filter((collection) => collection.organization === organization);
    const limits = own.slice(0, 1).map((collection) => collection.readableId);
    for (const [kind, collections] of [['key', null] as const, ['limited key', limits] as const]) {
      const secret = await server.createKey(organization, { scopes: null, collections });
      for (let copies = 0; copies < 6; copies += 1) {
        askers.push({ organization, kind, secret, looker: 'everything', collections });
      }
    }
  }
  return askers;
}

interface Question {
  readonly asker: Asker;
  readonly asUser: string | null;
  readonly looker: Looker;
  readonly collection: LeakCollection;
  readonly query: LeakQuery;
}

function createQuestion(chance: Chance, world: LeakWorld, askers: readonly Asker[]): Question {
  const asker = chance.pick(askers);
  // Also those of the other organisation, by their names.
  const isForeign = chance.happens(10);
  const collection = chance.pick(
    world.collections.filter((one) => (one.organization !== asker.organization) === isForeign),
  );
  const kinds = listQueryKinds().filter((kind) => asker.kind !== 'person' || !kind.isForKeysOnly);
  const kind = chance.pick(kinds);
  const isAsUser = kind.needsUser || (asker.kind !== 'person' && kind.takesUser && chance.happens(85));
  const label = chance.happens(75) ? `user:${chance.pick(people)}` : `group:g${chance.below(groupCount)}`;
  const asUser = isAsUser ? label : null;
  const target = chance.pick(world.documents.filter((document) => document.connection.collection === collection));
  return {
    ...{ asker, asUser, collection, looker: asUser ?? asker.looker },
    query: kind.create({ chance, collection, target, asUser }),
  };
}

class Tally {
  readonly #world: LeakWorld;
  readonly #server: LeakServer;
  readonly #byMark: ReadonlyMap<string, LeakDocument>;
  readonly #byKind = new Map<string, number>();
  readonly #examples: string[] = [];
  #results = 0;
  #complete = 0;
  #leaks = 0;
  #missing = 0;
  #failures = 0;

  constructor(world: LeakWorld, server: LeakServer) {
    this.#world = world;
    this.#server = server;
    this.#byMark = new Map(world.documents.map((document) => [markOf(document), document]));
  }

  async ask({ asker, looker, collection, query }: Question): Promise<void> {
    const { kind, method, path, body } = query;
    this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
    const answer = await this.#server.ask(asker.secret, method, path, body);
    const say = (what: string) => `${what}: ${asker.kind} as ${looker}, ${method} ${path} ${JSON.stringify(body)}`;
    const isOwn = collection.organization === asker.organization;
    const isReachable = isOwn && (asker.collections?.includes(collection.readableId) ?? true);
    const visible = this.#visible(asker, looker, query.isAcross ? null : isReachable ? collection : undefined);
    const shown = new Set(answer.text.match(/mark\d+x/g) ?? []);
    this.#results += shown.size;
    for (const mark of shown) {
      const document = this.#byMark.get(mark);
      if (document === undefined || visible.has(document)) continue;
      this.#leaks += 1;
      this.#tell(say(`LEAK of ${mark}`));
    }
    const expectedStatus =
      query.isAcross || (isReachable && (query.target === undefined || visible.has(query.target))) ? 200 : 404;
    // The contract has this stream tell of a missing collection in an event.
    const status = /"type":"error","message":"404:/.test(answer.text) ? 404 : answer.status;
    if (status !== expectedStatus) {
      this.#failures += 1;
      this.#tell(say(`status ${status} instead of ${expectedStatus}, ${answer.text.slice(0, 200)}`));
      return;
    }
    if (expectedStatus !== 200 || query.expects === undefined) return;
    this.#complete += 1;
    const problem = query.expects(answer.text, [...visible].filter(query.matches), shown);
    if (problem === null) return;
    this.#missing += problem.count;
    this.#tell(say(problem.words));
  }

  /** @param collection null: all that the asker may search; undefined: none */
  #visible(asker: Asker, looker: Looker, collection: LeakCollection | null | undefined): ReadonlySet<LeakDocument> {
    const searched = this.#world.collections.filter(
      (one) =>
        one.organization === asker.organization &&
        (collection === null ? (asker.collections?.includes(one.readableId) ?? true) : one === collection),
    );
    return new Set(searched.flatMap((one) => [...visibleDocuments(this.#world, one, looker)]));
  }

  #tell(words: string): void {
    if (this.#examples.length < maxExamples) this.#examples.push(words);
  }

  report(seed: number): LeakReport {
    return {
      seed,
      queries: [...this.#byKind.values()].reduce((sum, count) => sum + count, 0),
      resultsChecked: this.#results,
      completeAnswersChecked: this.#complete,
      leaks: this.#leaks,
      missing: this.#missing,
      failures: this.#failures,
      byKind: Object.fromEntries([...this.#byKind].toSorted()),
      examples: this.#examples,
    };
  }
}
