import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf, readSourceFiles, type SourceFile } from './imports.ts';

/*
 * The arrows of ARCHITECTURE.md. A rule that stands in the way of good code is changed here, in the same commit and with its
 * reason; it is never gone around.
 */

const sources = fileURLToPath(new URL('../src/', import.meta.url));
const repository = fileURLToPath(new URL('../../', import.meta.url));
const all = await readSourceFiles(sources, ['.ts']);
const isTestCode = (path: string) => /\.(test|test-d|conformance|fixture)\.ts$|\/(__fixtures__|testing)\//.test(path);
const product = all.filter(({ path }) => !isTestCode(path));

/** The files that put everything together, in `server/src` itself. */
const isRoot = (path: string) => !path.includes('/');
const partOf = (path: string) => (isRoot(path) ? 'root' : (path.split('/')[0] ?? ''));
/** `core/sync`, `adapters/postgres`, `entrypoints/http`. */
const unitOf = (path: string) => path.split('/').slice(0, 2).join('/');

/** Lines such as `core/sync/run-sync.ts imports pg` for every import that `isAllowed` refuses. */
function violations(
  files: readonly SourceFile[],
  isAllowed: (file: SourceFile, imported: Import) => boolean,
): readonly string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((imported) => !isAllowed(file, imported))
      .map((imported) => `${file.path} imports ${imported.file ?? imported.specifier}`),
  );
}
const inPart = (part: string) => product.filter(({ path }) => partOf(path) === part);
/** Calls of the global `fetch`; an index and a repository may have a method of that name. */
const globalFetch = /(?:await|return|=|\() ?fetch\(/;
const pathsWith = (files: readonly SourceFile[], pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
const isPackage = ({ file, specifier }: Import) => file === undefined && !specifier.startsWith('node:');

describe('the scanner behind these tests', () => {
  it('sees every way to depend on a module, and what is types only', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import { type B, type C } from './b.ts';",
      "import {\n  type D,\n  d,\n} from '../other/d.ts';",
      "export * from './e.ts';",
      "import pg from 'pg';",
      "import 'zod';",
      "const later = await import('./f.ts');",
      "const child = fileURLToPath(new URL('g.ts', import.meta.url));",
      "// import './not-imported.ts'",
    ].join('\n');
    const found = importsOf('core/sync/x.ts', text).map(({ file, specifier, isType }) => [file ?? specifier, isType]);
    expect(Object.fromEntries(found)).toEqual({
      'core/sync/a.ts': true,
      'core/sync/b.ts': true,
      'core/other/d.ts': false,
      'core/sync/e.ts': false,
      pg: false,
      zod: false,
      'core/sync/f.ts': false,
      'core/sync/g.ts': false,
    });
  });
});

describe('parts', () => {
  const commandsOfServer = ['entrypoints/cli/commands/restore.ts', 'entrypoints/cli/commands/serve.ts'];
  const mayImport: Readonly<Record<string, readonly string[]>> = {
    'connector-kit': [],
    connectors: ['connector-kit'],
    core: ['connector-kit'],
    adapters: ['core', 'connector-kit'],
    entrypoints: ['core', 'connector-kit'],
  };

  it('are the folders that ARCHITECTURE.md draws', () => {
    const parts = new Set(product.map(({ path }) => partOf(path)));
    expect([...parts].sort()).toEqual(['root', ...Object.keys(mayImport)].sort());
  });

  it.each(Object.entries(mayImport))('%s imports itself and %j', (part, others) => {
    const found = violations(inPart(part), ({ path }, { file }) => {
      if (file === undefined || partOf(file) === part || others.includes(partOf(file))) return true;
      // These commands do the server's own work in their own process.
      return commandsOfServer.includes(path) && file === 'main.ts';
    });
    expect(found).toEqual([]);
  });

  it('are put together in the root, which nothing else imports', () => {
    const importers = (name: string) =>
      product.filter(({ imports }) => imports.some(({ file }) => file === name)).map(({ path }) => path);
    expect(importers('main.ts').sort()).toEqual(commandsOfServer);
    expect(importers('start-server.ts')).toEqual(['main.ts']);
    expect(importers('config.ts').sort()).toEqual(['main.ts', 'restore-backup.ts', 'start-server.ts']);
  });
});

describe('core', () => {
  /** Each module's own imports, in an order without circles. */
  const modules: Readonly<Record<string, readonly string[]>> = {
    shared: [],
    backup: [],
    outbound: ['shared'],
    events: ['shared'],
    audit: ['shared'],
    access: ['shared', 'events', 'audit'],
    accounts: ['shared', 'audit', 'access'],
    quotas: ['shared'],
    webhooks: ['shared', 'access', 'events', 'outbound'],
    collections: ['shared', 'access'],
    'language-models': ['shared'],
    search: ['shared', 'access', 'language-models'],
    insights: ['shared', 'access', 'search'],
    sync: ['shared', 'search'],
    'auth-providers': ['shared', 'access', 'collections'],
    connections: ['shared', 'access', 'collections', 'auth-providers', 'quotas', 'sync'],
    'sign-in': ['shared', 'access', 'collections', 'connections'],
    documents: ['shared', 'access', 'collections', 'search', 'quotas', 'sync'],
    reindex: ['shared', 'access', 'collections', 'search', 'sync'],
    administration: ['shared', 'access'],
    connect: ['shared', 'access', 'collections', 'connections', 'sync'],
  };
  /** A port belongs to the module that needs it most; another may name its type without importing its code. */
  const typesOnly: Readonly<Record<string, readonly string[]>> = {
    sync: ['connections', 'auth-providers', 'outbound'],
    webhooks: ['connections'],
    'auth-providers': ['connections'],
  };
  const moduleOf = (path: string) => path.split('/')[1] ?? '';

  it('has the modules, and between them the arrows, of ARCHITECTURE.md', () => {
    expect([...new Set(inPart('core').map(({ path }) => moduleOf(path)))].sort()).toEqual(Object.keys(modules).sort());
    const found = violations(inPart('core'), ({ path }, { file, isType }) => {
      if (file === undefined || partOf(file) !== 'core' || moduleOf(file) === moduleOf(path)) return true;
      const allowed = modules[moduleOf(path)]?.includes(moduleOf(file)) ?? false;
      return allowed || (isType && (typesOnly[moduleOf(path)]?.includes(moduleOf(file)) ?? false));
    });
    expect(found).toEqual([]);
  });

  it('has modules that meet through their index.ts; past it they may name types', () => {
    const found = violations(inPart('core'), ({ path }, { file, isType }) => {
      if (file === undefined || unitOf(file) === unitOf(path) || isType) return true;
      // Reading a cron expression needs nothing of what a sync needs.
      if (path === 'core/connections/schedule-input.ts' && file === 'core/sync/schedule.ts') return true;
      return file.endsWith('/index.ts');
    });
    expect(found).toEqual([]);
  });

  it('is used by entrypoints and the root through the index.ts of its modules', () => {
    const found = violations(
      product.filter(({ path }) => isRoot(path) || partOf(path) === 'entrypoints'),
      (_, { file }) => file === undefined || partOf(file) !== 'core' || file.endsWith('/index.ts'),
    );
    expect(found).toEqual([]);
  });

  it('does no I/O: no packages but zod and croner, no node: modules but those without a way out', () => {
    const streams = ['node:buffer', 'node:stream', 'node:stream/consumers'];
    const allowed = ['zod', 'croner', 'node:crypto', 'node:timers/promises', ...streams];
    const found = violations(
      inPart('core'),
      (_, { file, specifier }) => file !== undefined || allowed.includes(specifier),
    );
    expect(found).toEqual([]);
    expect(pathsWith(inPart('core'), globalFetch)).toEqual([]);
    expect(pathsWith(inPart('core'), /\bprocess\./)).toEqual([]);
  });
});

describe('connectors', () => {
  it('know the kit, zod, Node and small libraries that are named here', () => {
    const libraries: Readonly<Record<string, readonly string[]>> = {
      'connectors/files': ['picomatch', 'ignore', 'chokidar'],
    };
    const found = violations(inPart('connectors'), ({ path }, imported) => {
      if (!isPackage(imported) || imported.specifier === 'zod') return true;
      return libraries[unitOf(path)]?.includes(imported.specifier) ?? false;
    });
    expect(found).toEqual([]);
  });

  it('do not know each other; only the registry lists them', () => {
    const found = violations(inPart('connectors'), ({ path }, { file }) => {
      if (file === undefined || partOf(file) !== 'connectors') return true;
      return path === 'connectors/registry.ts' || unitOf(file) === unitOf(path);
    });
    expect(found).toEqual([]);
  });

  it('open no sockets and start no processes of their own', () => {
    const refused = /^node:(net|tls|dgram|dns|https?|http2|child_process|worker_threads|cluster|vm)\b/;
    expect(violations(inPart('connectors'), (_, { specifier }) => !refused.test(specifier))).toEqual([]);
    expect(pathsWith(inPart('connectors'), globalFetch)).toEqual([]);
  });

  it('use a kit that depends on zod alone', () => {
    const allowed = ['zod', 'node:stream'];
    const found = violations(
      inPart('connector-kit'),
      (_, { file, specifier }) => file !== undefined || allowed.includes(specifier),
    );
    expect(found).toEqual([]);
  });
});

describe('adapters and entrypoints', () => {
  it('do not know their neighbours; adapters share the child processes and what is known of the models’ providers', () => {
    const found = violations([...inPart('adapters'), ...inPart('entrypoints')], ({ path }, { file }) => {
      if (file === undefined || partOf(file) !== partOf(path)) return true;
      const isShared = ['adapters/child-process', 'adapters/model-providers'].includes(unitOf(file));
      return unitOf(file) === unitOf(path) || isShared;
    });
    expect(found).toEqual([]);
  });

  it('keep the command line outside: it knows the server by its HTTP API', () => {
    const found = violations(
      product.filter(({ path }) => unitOf(path) === 'entrypoints/cli'),
      (_, { file }) => file === undefined || file === 'main.ts' || unitOf(file) === 'entrypoints/cli',
    );
    expect(found).toEqual([]);
  });

  it('keep each package behind one of them', () => {
    const homes: Readonly<Record<string, readonly string[]>> = {
      '@ai-sdk/amazon-bedrock': ['adapters/embeddings', 'adapters/language-models'],
      '@ai-sdk/anthropic': ['adapters/language-models'],
      '@ai-sdk/azure': ['adapters/embeddings', 'adapters/language-models'],
      '@ai-sdk/google': ['adapters/embeddings', 'adapters/language-models'],
      '@ai-sdk/groq': ['adapters/language-models'],
      '@ai-sdk/mistral': ['adapters/embeddings', 'adapters/language-models'],
      '@ai-sdk/openai': ['adapters/embeddings', 'adapters/language-models'],
      '@ai-sdk/openai-compatible': ['adapters/embeddings', 'adapters/language-models'],
      '@aws-sdk/client-s3': ['adapters/blob-store'],
      '@aws-sdk/lib-storage': ['adapters/blob-store'],
      '@fastify/busboy': ['entrypoints/http'],
      '@hono/node-server': ['entrypoints/http'],
      '@huggingface/tokenizers': ['adapters/embeddings', 'adapters/text-extraction'],
      '@lancedb/lancedb': ['adapters/search-index'],
      '@opensearch-project/opensearch': ['adapters/search-index'],
      ai: ['adapters/embeddings', 'adapters/language-models'],
      'apache-arrow': ['adapters/search-index'],
      chardet: ['adapters/text-extraction'],
      commander: ['entrypoints/cli'],
      fflate: ['entrypoints/http'],
      hono: ['entrypoints/http'],
      jose: ['adapters/identity-provider'],
      'openid-client': ['adapters/identity-provider'],
      otpauth: ['adapters/second-factor'],
      htmlparser2: ['adapters/text-extraction'],
      'ipaddr.js': ['adapters/outbound'],
      kysely: ['adapters/postgres'],
      officeparser: ['adapters/text-extraction'],
      'onnxruntime-node': ['adapters/embeddings'],
      pg: ['adapters/postgres'],
      pino: ['adapters/logger'],
      'postal-mime': ['adapters/text-extraction'],
      'prom-client': ['entrypoints/http'],
      'tesseract.js': ['adapters/text-extraction'],
      undici: ['adapters/outbound'],
      'word-extractor': ['adapters/text-extraction'],
    };
    const found = violations([...inPart('adapters'), ...inPart('entrypoints')], ({ path }, imported) => {
      if (!isPackage(imported) || imported.specifier === 'zod') return true;
      return homes[imported.specifier]?.includes(unitOf(path)) ?? false;
    });
    expect(found).toEqual([]);
  });
});

describe('the product', () => {
  it('contains no test code', () => {
    const testPackages = ['vitest', 'vitest/node', 'fast-check'];
    const found = violations(
      product,
      (_, { file, specifier }) =>
        !testPackages.includes(specifier) &&
        (file === undefined || (!isTestCode(file) && !file.startsWith('../test/'))),
    );
    expect(found).toEqual([]);
  });

  it('reads the environment where it starts, and nowhere else', () => {
    expect(pathsWith(product, /\bprocess\.env\b/)).toEqual([
      // What children may inherit.
      'adapters/child-process/pooled-child.ts',
      'adapters/embedded-postgres/unprivileged-launch.ts',
      // Written, for a library that is told in no other way.
      'adapters/search-index/lancedb/engine.ts',
      'entrypoints/cli/main.ts',
      'main.ts',
    ]);
  });

  it('has files that fit into a head', async ({ annotate }) => {
    const long = product.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines} lines`);
    for (const line of long) await annotate(`${line}; over 300 is usually two files`, 'warning');
    expect(product.filter(({ lines }) => lines > 500).map(({ path }) => path)).toEqual([]);
  });
});

describe('around the server', () => {
  it('the bootstrap needs nothing but Node, since it runs before anything is installed', async () => {
    const files = await readSourceFiles(`${repository}bootstrap`, ['.mjs']);
    expect(files.length).toBeGreaterThan(0);
    const found = violations(files, (_, { file, specifier }) =>
      file === undefined ? specifier.startsWith('node:') : !file.startsWith('..'),
    );
    expect(found).toEqual([]);
  });

  it('the dashboard knows the server by its HTTP API', async () => {
    const files = await readSourceFiles(`${repository}dashboard/public`, ['.js']);
    expect(files.length).toBeGreaterThan(0);
    expect(violations(files, (_, { file }) => file !== undefined && !file.startsWith('..'))).toEqual([]);
  });
});
