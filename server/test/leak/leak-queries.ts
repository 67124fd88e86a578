import {
  type Chance,
  groupCount,
  type LeakCollection,
  type LeakDocument,
  markOf,
  people,
  teams,
} from './leak-world.ts';

/** One request, and what its answer should hold. */
export interface LeakQuery {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** It looks into all collections that the asker may search. */
  readonly isAcross: boolean;
  /** The one document that it is about: 404 unless the asker may see it. */
  readonly target?: LeakDocument;
  /** Which of the documents the filter lets through. */
  readonly matches: (document: LeakDocument) => boolean;
  /**
   * Compares an answer with all that should be there; absent where a page or a rank decides what is.
   * @param shown marks in the answer
   */
  readonly expects?: (text: string, wanted: readonly LeakDocument[], shown: ReadonlySet<string>) => Problem | null;
}

export interface Problem {
  readonly count: number;
  readonly words: string;
}

interface Context {
  readonly chance: Chance;
  readonly collection: LeakCollection;
  readonly target: LeakDocument;
  readonly asUser: string | null;
}

export interface LeakQueryKind {
  /** It takes `as_user`. */
  readonly takesUser: boolean;
  /** It names the user in its address. */
  readonly needsUser: boolean;
  readonly isForKeysOnly: boolean;
  readonly create: (context: Context) => LeakQuery;
}

const everything = () => true;

function allShown(_text: string, wanted: readonly LeakDocument[], shown: ReadonlySet<string>): Problem | null {
  const missing = wanted.filter((document) => !shown.has(markOf(document)));
  return missing.length === 0
    ? null
    : { count: missing.length, words: `MISSING ${missing.slice(0, 5).map(markOf)} of ${wanted.length}` };
}

interface Counted {
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

/** Of `count`, and of `facets`, which has other names for the same. */
function rightCounts(text: string, wanted: readonly LeakDocument[]): Problem | null {
  const { count, groups, documents, facets } = JSON.parse(text) as {
    readonly count?: number;
    readonly groups?: readonly Counted[];
    readonly documents?: number;
    readonly facets?: readonly Counted[];
  };
  const given = Object.fromEntries(((groups ?? facets)?.[0]?.values ?? []).map((one) => [one.value, one.count]));
  const right = Object.fromEntries(
    teams.flatMap((team) => {
      const right = wanted.filter((document) => document.team === team).length;
      return right === 0 ? [] : [[team, right] as const];
    }),
  );
  const isRight = (count ?? documents) === wanted.length && teams.every((team) => given[team] === right[team]);
  return isRight
    ? null
    : { count: 1, words: `WRONG COUNT ${text} instead of ${wanted.length} ${JSON.stringify(right)}` };
}

/** A filter by an own field, in half of the cases, and a page that holds everything, in half of them. */
function narrow({ chance }: Context) {
  const team = chance.happens(50) ? chance.pick(teams) : null;
  const isWhole = chance.happens(50);
  const conditions = [{ field: 'raw_source_fields.team', operator: 'equals', value: team }];
  return {
    ...{ isWhole, limit: isWhole ? 1000 : 5, offset: isWhole ? 0 : chance.below(20) },
    filter: team === null ? {} : { filter: [{ conditions }] },
    matches: team === null ? everything : (document: LeakDocument) => document.team === team,
  };
}

const asUserOf = ({ asUser }: Context) => (asUser === null ? {} : { as_user: asUser });
const whole = (isWhole: boolean) => (isWhole ? { expects: allShown } : {});

function tier(name: 'instant' | 'classic', kindOf: 'own' | 'across' | 'admin'): LeakQueryKind {
  return {
    ...{ takesUser: kindOf !== 'admin', needsUser: kindOf === 'admin', isForKeysOnly: kindOf === 'admin' },
    create: (context) => {
      const { isWhole, limit, offset, filter, matches } = narrow(context);
      const { chance, collection, asUser } = context;
      const strategy = { retrieval_strategy: chance.pick(['hybrid', 'keyword', 'semantic']) };
      const path = {
        own: `/collections/${collection.readableId}/search/${name}`,
        across: `/search/${name}`,
        admin: `/admin/collections/${collection.readableId}/search/${name}/as-user?user_principal=${encodeURIComponent(asUser ?? '')}`,
      }[kindOf];
      return {
        ...{ kind: `${name}, ${kindOf}`, method: 'POST', path, isAcross: kindOf === 'across', matches },
        body: {
          ...{ query: 'quarterly figures', limit, offset, group_by: chance.pick(['document', 'chunk']) },
          ...(name === 'instant' ? strategy : {}),
          explain: chance.happens(20),
          ...(kindOf === 'admin' ? {} : asUserOf(context)),
          ...filter,
        },
        ...whole(isWhole),
      };
    },
  };
}

/** What of the answer is there is up to the search; nothing hidden may be. */
function told(kind: 'agentic' | 'agentic/stream' | 'stream'): LeakQueryKind {
  return {
    ...{ takesUser: true, needsUser: false, isForKeysOnly: false },
    create: (context) => {
      const { filter } = narrow(context);
      const query = context.chance.pick(['quarterly figures', `the figures of ${markOf(context.target).slice(0, -1)}`]);
      return {
        ...{
          kind: `search/${kind}`,
          method: 'POST',
          path: `/collections/${context.collection.readableId}/search/${kind}`,
        },
        ...{ isAcross: false, matches: everything },
        body: { query, ...(kind === 'stream' ? {} : filter), ...asUserOf(context) },
      };
    },
  };
}

const facets: LeakQueryKind = {
  ...{ takesUser: true, needsUser: false, isForKeysOnly: false },
  create: (context) => {
    const { filter, matches } = narrow(context);
    const fields = ['raw_source_fields.team', 'raw_source_fields.secret'];
    return {
      ...{ kind: 'facets', method: 'POST', path: `/collections/${context.collection.readableId}/facets` },
      ...{ isAcross: false, matches, expects: rightCounts },
      body: { fields, values_per_field: 100, ...filter, ...asUserOf(context) },
    };
  },
};

const olderSearch: LeakQueryKind = {
  ...{ takesUser: true, needsUser: false, isForKeysOnly: false },
  create: (context) => {
    const { chance, collection } = context;
    const viewer = chance.happens(50) ? `group:g${chance.below(groupCount)}` : `user:${chance.pick(people)}`;
    const [filter, matches] = chance.pick<readonly [object | null, (document: LeakDocument) => boolean]>([
      [null, everything],
      [
        { must: [{ key: 'access.viewers', match: { any: [viewer] } }] },
        ({ access }) => access?.viewers.some((one) => one.toLowerCase() === viewer) ?? false,
      ],
      [{ must_not: [{ key: 'access.is_public', match: { value: true } }] }, ({ access }) => access?.isPublic !== true],
    ]);
    return {
      ...{ kind: 'older search', method: 'POST', path: `/collections/${collection.readableId}/search` },
      ...{ isAcross: false, matches, ...whole(true) },
      body: { query: 'quarterly figures', limit: 1000, filter, ...asUserOf(context) },
    };
  },
};

const oldestSearch: LeakQueryKind = {
  ...{ takesUser: false, needsUser: false, isForKeysOnly: false },
  create: ({ collection }) => ({
    ...{ kind: 'older search by address', method: 'GET', isAcross: false, matches: everything, ...whole(true) },
    path: `/collections/${collection.readableId}/search?query=quarterly+figures&limit=1000`,
  }),
};

const filterSchema: LeakQueryKind = {
  ...{ takesUser: false, needsUser: false, isForKeysOnly: false },
  create: ({ collection }) => ({
    ...{ kind: 'filter schema', method: 'GET', isAcross: false, matches: everything },
    path: `/collections/${collection.readableId}/filter-schema`,
  }),
};

function tool(kind: 'list' | 'count' | 'find'): LeakQueryKind {
  return {
    ...{ takesUser: true, needsUser: false, isForKeysOnly: false },
    create: (context) => {
      const { isWhole, limit, offset, filter, matches } = narrow(context);
      const own = {
        list: { limit, offset, order: context.chance.pick(['newest', 'oldest', 'name']) },
        count: { by: ['raw_source_fields.team'] },
        find: { words: 'quarterly figures', limit, offset },
      }[kind];
      const expects = kind === 'count' ? { expects: rightCounts } : whole(isWhole);
      return {
        ...{ kind, method: 'POST', path: `/collections/${context.collection.readableId}/${kind}` },
        ...{ isAcross: false, matches, ...expects },
        body: { ...own, ...filter, ...asUserOf(context) },
      };
    },
  };
}

const open: LeakQueryKind = {
  ...{ takesUser: true, needsUser: false, isForKeysOnly: false },
  create: (context) => {
    const { chance, collection, target } = context;
    const id = chance.pick([target.entityId, target.id, `${target.entityId}__chunk_0`]);
    return {
      ...{ kind: 'open', method: 'POST', path: `/collections/${collection.readableId}/open` },
      ...{ isAcross: false, matches: everything, target },
      body: { id, ...asUserOf(context) },
    };
  },
};

const documentById: LeakQueryKind = {
  ...{ takesUser: false, needsUser: false, isForKeysOnly: false },
  create: ({ chance, collection, target }) => {
    const path = `/collections/${collection.readableId}/documents/${target.id}${chance.pick(['', '/chunks'])}`;
    return { kind: 'document', method: 'GET', path, isAcross: false, matches: everything, target };
  },
};

const documentList: LeakQueryKind = {
  ...{ takesUser: false, needsUser: false, isForKeysOnly: false },
  create: ({ collection }) => ({
    ...{ kind: 'documents', method: 'GET', isAcross: false, matches: everything, ...whole(true) },
    path: `/collections/${collection.readableId}/documents?limit=1000`,
  }),
};

export function listQueryKinds(): readonly LeakQueryKind[] {
  return [
    tier('instant', 'own'),
    tier('instant', 'own'),
    tier('instant', 'across'),
    tier('instant', 'admin'),
    tier('classic', 'own'),
    tier('classic', 'across'),
    tier('classic', 'admin'),
    ...(['agentic', 'agentic/stream', 'stream'] as const).map(told),
    facets,
    olderSearch,
    oldestSearch,
    filterSchema,
    ...(['list', 'count', 'find'] as const).map(tool),
    open,
    documentById,
    documentList,
  ];
}
