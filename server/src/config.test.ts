import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { textFormats } from './adapters/text-extraction/text-format.ts';
import { ConfigError, environmentSchema, parseConfig, parseConfigFlags } from './config.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const key = Buffer.alloc(32, 7);

function problemsOf(env: Record<string, string>, flags = {}): readonly string[] {
  try {
    parseConfig(env, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('needs nothing: every setting has a default', () => {
    const config = parseConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8001, authEnabled: false, embedding: { kind: 'local' } });
    expect(config.dataDirectory).toBe(path.join(root, 'data'));
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => (config.egressAllow as string[]).push('a')).toThrow(TypeError);
  });

  it('takes an empty or blank variable for unset', () => {
    const blank = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, ' ']));
    expect(parseConfig(blank)).toEqual(parseConfig({}));
  });

  it('names every mistake at once, with the value and what is allowed', () => {
    const problems = problemsOf({
      ...{ PORT: '80a', HOST: 'not a host', PUBLIC_URL: 'weft.example.com', AUTH_ENABLED: 'maybe' },
      ...{ SYNC_CONCURRENCY: '0', LOG_LEVEL: 'loud', EMBEDDING_PROVIDER: 'cloud', MAX_UPLOAD_BYTES: '1e9' },
    });
    expect(problems).toHaveLength(8);
    expect(problems).toContain('PORT is "80a"; it must be a whole number from 0 to 65535.');
    expect(problems).toContain('LOG_LEVEL is "loud"; it must be debug, info, warn, error or silent.');
  });

  it('never repeats a secret', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://u:hunter2@db',
      ENCRYPTION_KEYS: 'hunter2',
      BLOB_URL: 's3://user:hunter2@bucket',
    });
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('reads where the search cluster is', () => {
    expect(parseConfig({})).toMatchObject({ searchLocation: undefined, searchEngine: 'lancedb' });
    const url = 'https://weft:p%40ss@one:9200,https://two:9200?shards=8&prefix=weft-two';
    expect(parseConfig({ SEARCH_URL: url })).toMatchObject({
      searchLocation: {
        ...{ nodes: ['https://one:9200', 'https://two:9200'], shards: 8, prefix: 'weft-two' },
        auth: { username: 'weft', password: 'p@ss' },
      },
      searchEngine: 'opensearch',
    });
    expect(parseConfig({ SEARCH_URL: 'http://one:9200', SEARCH_ENGINE: 'lancedb' }).searchEngine).toBe('lancedb');
    const bad = [
      'one:9200',
      'ftp://one',
      'http://one/path',
      'http://one?shards=0',
      'http://one?shard=1',
      'http://one?prefix=Bad*',
      'http://u:p%zz@one',
      'http://one,',
    ];
    for (const wrong of [...bad, 'http://one,http://u:hunter2@two', 'http://one#x', 'http://one?shards=2,http://two']) {
      expect(problemsOf({ SEARCH_URL: wrong }), wrong).toEqual([
        expect.stringContaining('SEARCH_URL must be an address'),
      ]);
    }
    expect(problemsOf({ SEARCH_ENGINE: 'opensearch' })[0]).toContain('SEARCH_URL is not set');
  });

  it('reads where files are kept', () => {
    expect(parseConfig({}).blobLocation).toBeUndefined();
    expect(parseConfig({ BLOB_URL: 's3://my-bucket' }).blobLocation).toEqual({
      ...{ bucket: 'my-bucket', prefix: '', region: 'us-east-1' },
    });
    const full = 's3://b.b/one/two/?region=eu-west-3&endpoint=http://127.0.0.1:9000/';
    expect(parseConfig({ BLOB_URL: full }).blobLocation).toEqual({
      ...{ bucket: 'b.b', prefix: 'one/two', region: 'eu-west-3', endpoint: 'http://127.0.0.1:9000' },
    });
    const bad = ['https://bucket', 's3://', 's3://Bucket_', 's3://b/p', 's3://bucket/a//b', 's3://bucket/a%20b'];
    const worse = [
      's3://bucket?key=x',
      's3://bucket?endpoint=host',
      's3://bucket?endpoint=http://u:p@host',
      's3://b b',
    ];
    for (const url of [...bad, ...worse, 's3://bucket?region=a%20b', 's3://bucket:80']) {
      expect(problemsOf({ BLOB_URL: url })[0], url).toContain('BLOB_URL must be an address such as s3://');
    }
  });

  it('lets a process have a part only where a database can be shared', () => {
    const DATABASE_URL = 'postgres://u@db/weft';
    expect(parseConfig({}).role).toBe('all');
    for (const role of ['api', 'worker'] as const) {
      expect(parseConfig({ DATABASE_URL }, parseConfigFlags(['--role', role])).role).toBe(role);
      expect(problemsOf({ WEFT_ROLE: role })[0]).toContain(`WEFT_ROLE is "${role}" while DATABASE_URL is not set`);
    }
    expect(problemsOf({ WEFT_ROLE: 'leader', DATABASE_URL })[0]).toContain('it must be all, api or worker');
  });

  it('asks for authentication as soon as others can reach the server', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]']) {
      expect(parseConfig({ HOST: host }).authEnabled, host).toBe(false);
    }
    for (const host of ['0.0.0.0', '::', '10.0.0.5', 'weft.example.com', '127.example.com']) {
      expect(parseConfig({ HOST: host }).authEnabled, host).toBe(true);
      expect(problemsOf({ HOST: host, AUTH_ENABLED: 'false' })[0], host).toContain('AUTH_ENABLED');
    }
    expect(parseConfig({ AUTH_ENABLED: 'yes' }).authEnabled).toBe(true);
  });

  it('allows any folder without authentication, and only named ones with it', () => {
    expect(parseConfig({}).filesRoots).toBeUndefined();
    expect(parseConfig({ AUTH_ENABLED: 'on' }).filesRoots).toEqual([]);
    const folders = ['/srv/a', '/srv/b/../c'].join(path.delimiter);
    expect(parseConfig({ FILES_ROOTS: folders }).filesRoots).toEqual([path.resolve('/srv/a'), path.resolve('/srv/c')]);
    expect(problemsOf({ FILES_ROOTS: 'documents' })[0]).toContain('absolute folders');
  });

  it('reads lists, and refuses a list with one bad part', () => {
    expect(parseConfig({ EGRESS_ALLOW: 'NAS.local, 10.0.0.0/8,fd00::/8, ::1,' }).egressAllow).toEqual([
      ...['nas.local', '10.0.0.0/8', 'fd00::/8', '::1'],
    ]);
    for (const bad of ['10.0.0.0/33', '10.0.0.0/8/8', 'a/8', 'http://a', '10.0.0', '*', 'a b']) {
      expect(problemsOf({ EGRESS_ALLOW: `ok.example,${bad}` }), bad).toHaveLength(1);
    }
    expect(
      parseConfig({ ADDITIONAL_CORS_ORIGINS: 'https://a.example/, http://B.example:81' }).additionalCorsOrigins,
    ).toEqual([...['https://a.example', 'http://b.example:81']]);
    for (const bad of ['*', 'a.example', 'https://a.example/path', 'null', 'file:///']) {
      expect(problemsOf({ ADDITIONAL_CORS_ORIGINS: bad }), bad).toHaveLength(1);
    }
    expect(parseConfig({ DISABLED_FILE_TYPES: 'PDF,ocr,image' }).disabledFileTypes).toEqual([
      'pdf',
      'image',
      'scanned-pdf',
    ]);
    expect(problemsOf({ DISABLED_FILE_TYPES: 'pfd' })[0]).toContain('pdf, docx');
  });

  it('reads keys of 32 bytes in base64 and hex, and no others', () => {
    const spellings = [key.toString('base64'), key.toString('base64url'), key.toString('hex')];
    expect(parseConfig({ ENCRYPTION_KEYS: spellings.join(',') }).encryptionKeys).toEqual([key, key, key]);
    for (const bad of ['short', key.toString('hex').slice(2), `${key.toString('base64')}A`]) {
      expect(problemsOf({ ENCRYPTION_KEYS: bad }), bad).toHaveLength(1);
    }
  });

  it('lets a flag win over its variable and names the flag when it is wrong', () => {
    const flags = parseConfigFlags(['--port', '0', '--data-dir=/srv/weft']);
    expect(parseConfig({ PORT: '9000' }, flags)).toMatchObject({ port: 0, dataDirectory: path.resolve('/srv/weft') });
    expect(problemsOf({}, { port: '-1' })).toEqual(['--port is "-1"; it must be a whole number from 0 to 65535.']);
    for (const args of [['--prot', '1'], ['stray'], ['--port']])
      expect(() => parseConfigFlags(args)).toThrow(ConfigError);
  });

  it('takes a public address without its last slash', () => {
    expect(parseConfig({ PUBLIC_URL: 'https://Weft.example/base/' }).publicUrl).toBe('https://weft.example/base');
    for (const bad of ['ftp://a', 'https://u:p@a', 'https://a?x', 'https://a#x', '/a']) {
      expect(problemsOf({ PUBLIC_URL: bad }), bad).toHaveLength(1);
    }
  });

  it('ignores variables that are not its own, and warns of unknown ones that look like it', () => {
    const config = parseConfig({ LLM_PROVIDER: 'x', PATH: '/bin', WEFT_PROT: '1', WEFT_API_KEY: 'k' });
    expect(config.warnings).toEqual([expect.stringContaining('WEFT_PROT')]);
  });
});

describe('docs/configuration.md', () => {
  const documentation = readFileSync(path.join(root, 'docs', 'configuration.md'), 'utf8');
  const rows = documentation.split('## Command line')[0]?.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \|/gm);
  const documented = new Map([...(rows ?? [])].map(([, name = '', value = '']) => [name, value.trim()]));

  it('lists every variable that the server reads, and no other', () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(environmentSchema.shape).sort());
  });

  it('names every kind of file that can be switched off', () => {
    const row = documentation.split('\n').find((line) => line.startsWith('| `DISABLED_FILE_TYPES`')) ?? '';
    const named = [...row.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);
    expect(named.sort()).toEqual([...textFormats, 'ocr'].sort());
  });

  it('gives the defaults that the code has', () => {
    for (const [name, text] of documented) {
      const value = /^`(.*)`/.exec(text)?.[1];
      const schema = environmentSchema.shape[name as keyof typeof environmentSchema.shape];
      const codes = schema.parse(undefined);
      // Prose stands for "unset", or for an empty list.
      if (value === undefined) expect([undefined, []], name).toContainEqual(codes);
      else expect(schema.parse(value), name).toEqual(codes);
    }
  });
});
