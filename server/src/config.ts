import { isIP } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { EmbeddingSettings } from './adapters/embeddings/create-encoder.ts';
import type { OidcSettings } from './adapters/identity-provider/oidc-settings.ts';
import type { LanguageModelSettings } from './adapters/language-models/language-model-settings.ts';
import type { SearchLocation } from './adapters/search-index/opensearch/search-url.ts';
import { type TextFormat, textFormats } from './adapters/text-extraction/text-format.ts';
import {
  type BlobLocation,
  blobUrl,
  databaseUrl,
  flag,
  host,
  integer,
  listOf,
  oneOf,
  publicUrl,
  searchUrl,
  toDestination,
  toFolder,
  toKey,
  toOrigin,
} from './config-values.ts';
import { type QueryLogSetting, queryLogModes } from './core/insights/index.ts';
import { type Quotas, unlimited } from './core/quotas/index.ts';
import { AppError, toMessage } from './core/shared/index.ts';
import type { OAuthClients } from './core/sign-in/index.ts';
import {
  embeddingSecrets,
  embeddingVariables,
  findEmbeddingProblems,
  findEmbeddingWarnings,
  toEmbeddingSettings,
} from './embedding-config.ts';
import {
  findLanguageModelProblems,
  languageModelSecrets,
  languageModelVariables,
  toLanguageModelSettings,
} from './language-model-config.ts';
import { findOAuthClientProblems, toOAuthClients } from './oauth-client-config.ts';

/** Relative folders in the configuration start here, wherever the server was started from. */
const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/** What `DISABLED_FILE_TYPES` may name; `ocr` stands for all reading of text out of pictures. */
const fileTypes: Readonly<Record<string, readonly TextFormat[]>> = {
  ...Object.fromEntries(textFormats.map((format) => [format, [format]])),
  ocr: ['image', 'scanned-pdf'],
};

/** What a process does: answer requests, do the work behind them, or both. */
const roles = ['all', 'api', 'worker'] as const;

/** Where indexes are made. */
const searchEngines = ['opensearch', 'lancedb'] as const;

/** One key per variable, with its default as one would type it. Names and defaults are listed in docs/configuration.md. */
export const environmentSchema = z.object({
  HOST: host.prefault('127.0.0.1'),
  PORT: integer(0, 65_535).prefault('8001'),
  PUBLIC_URL: publicUrl.optional(),
  WEFT_DATA_DIR: z
    .string()
    .transform((folder) => path.resolve(repositoryRoot, folder))
    .prefault('./data'),
  WEFT_ROLE: oneOf(roles).prefault('all'),
  DATABASE_URL: databaseUrl.optional(),
  SEARCH_URL: searchUrl.optional(),
  SEARCH_ENGINE: oneOf(searchEngines).optional(),
  BLOB_URL: blobUrl.optional(),
  AUTH_ENABLED: flag.optional(),
  OIDC_ISSUER: publicUrl.optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  AUDIT_LOG_DAYS: integer(1, 3650, ' of days').prefault('365'),
  ENCRYPTION_KEYS: listOf(',', toKey, 'one or more keys of 32 bytes in base64 or hex, separated by commas').optional(),
  ADDITIONAL_CORS_ORIGINS: listOf(
    ',',
    toOrigin,
    'origins such as https://app.example.com, separated by commas',
  ).prefault(''),
  FILES_ROOTS: listOf(path.delimiter, toFolder, `absolute folders, separated by "${path.delimiter}"`).optional(),
  EGRESS_ALLOW: listOf(
    ',',
    toDestination,
    'host names, IP addresses or ranges such as 10.0.0.0/8, separated by commas',
  ).prefault(''),
  ENABLE_INTERNAL_SOURCES: flag.prefault('false'),
  MAX_UPLOAD_BYTES: integer(1, Number.MAX_SAFE_INTEGER, ' of bytes').prefault('104857600'),
  MAX_FILE_BYTES: integer(1, Number.MAX_SAFE_INTEGER, ' of bytes').prefault('209715200'),
  DISABLED_FILE_TYPES: listOf(
    ',',
    toFileType,
    `some of ${Object.keys(fileTypes).join(', ')}, separated by commas`,
  ).prefault(''),
  SYNC_CONCURRENCY: integer(1, 64).prefault('4'),
  JOB_RETENTION_DAYS: integer(1, 3650, ' of days').prefault('90'),
  QUOTA_DOCUMENTS: integer(1, Number.MAX_SAFE_INTEGER).optional(),
  QUOTA_STORAGE_BYTES: integer(1, Number.MAX_SAFE_INTEGER, ' of bytes').optional(),
  QUOTA_PARALLEL_SYNCS: integer(1, 10_000).optional(),
  REQUEST_LIMIT_PER_MINUTE: integer(1, 1_000_000).optional(),
  QUERY_LOG: oneOf(queryLogModes).prefault('hashed'),
  QUERY_LOG_DAYS: integer(1, 3650, ' of days').prefault('30'),
  WEBHOOK_PROBE: flag.prefault('true'),
  WEBHOOK_RETENTION_DAYS: integer(1, 3650, ' of days').prefault('14'),
  ...embeddingVariables,
  ...languageModelVariables,
  SKIP_MIGRATION_BACKUP: flag.prefault('false'),
  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
  LOG_FORMAT: oneOf(['auto', 'pretty', 'json']).prefault('auto'),
});
type Variable = keyof z.input<typeof environmentSchema>;
type Environment = z.output<typeof environmentSchema>;

/** Their values are never repeated in a message. */
const secrets: ReadonlySet<string> = new Set<Variable>([
  ...(['DATABASE_URL', 'SEARCH_URL', 'BLOB_URL', 'ENCRYPTION_KEYS', 'OIDC_CLIENT_SECRET'] as const),
  ...embeddingSecrets,
  ...languageModelSecrets,
]);

/** Read by the command line, not by the server. */
const clientVariables = ['WEFT_URL', 'WEFT_API_KEY', 'WEFT_COLLECTION'];

export interface Config {
  /** An IP address without brackets, or a host name, in lower case. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** How others reach the server, without a slash at the end; undefined: by the address it listens on. */
  readonly publicUrl: string | undefined;
  /** Absolute. */
  readonly dataDirectory: string;
  /** undefined: the embedded database. */
  readonly databaseUrl: string | undefined;
  /** Other than `all` only with a `databaseUrl`, over which the processes meet. */
  readonly role: (typeof roles)[number];
  /** undefined: only the embedded index, in the data directory. */
  readonly searchLocation: SearchLocation | undefined;
  /** Where indexes are made; those in the other one are used until they are moved. */
  readonly searchEngine: (typeof searchEngines)[number];
  /** undefined: a folder of the data directory. */
  readonly blobLocation: BlobLocation | undefined;
  readonly authEnabled: boolean;
  /** Whose tokens are taken as proof of who somebody is; undefined: nobody's. */
  readonly oidc: OidcSettings | undefined;
  /** For how many days the audit log is kept, of organisations that have set nothing themselves. */
  readonly auditLogDays: number;
  /** 32 bytes each; the first seals, all open. undefined: the ring kept in the data directory. */
  readonly encryptionKeys: readonly Uint8Array[] | undefined;
  readonly additionalCorsOrigins: readonly string[];
  /** Absolute folders that may be connected; undefined: any, which is the default only without authentication. */
  readonly filesRoots: readonly string[] | undefined;
  /** Host names in lower case, IP addresses, and ranges in CIDR notation. */
  readonly egressAllow: readonly string[];
  readonly enableInternalSources: boolean;
  /** The operator's own clients at sources, by the source's short name. */
  readonly oauthClients: OAuthClients;
  readonly maxUploadBytes: number;
  /** Larger files of a source are recorded as failed. */
  readonly maxFileBytes: number;
  readonly disabledFileTypes: readonly TextFormat[];
  /** How many syncs run at once. */
  readonly syncConcurrency: number;
  /** For how many days jobs that ended are kept. */
  readonly jobRetentionDays: number;
  /** Of each organisation that has none of its own. */
  readonly quotas: Quotas;
  /** Of each organisation that has chosen nothing itself. */
  readonly queryLog: QueryLogSetting;
  /** Whether the address of a new webhook must answer. */
  readonly probesWebhooks: boolean;
  /** For how many days events and what became of their deliveries are kept. */
  readonly webhookRetentionDays: number;
  /** What indexes are made with. */
  readonly embedding: EmbeddingSettings;
  readonly languageModels: LanguageModelSettings;
  /** Whether a database in use is migrated without a backup. */
  readonly skipMigrationBackup: boolean;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** `auto`: pretty on a terminal, JSON elsewhere. */
  readonly logFormat: Environment['LOG_FORMAT'];
  /** What looks like a mistake but stops nothing, one sentence each; to be logged. */
  readonly warnings: readonly string[];
}

/** The configuration cannot be used; the message names every mistake in it. */
export class ConfigError extends AppError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('invalid_request', `The configuration cannot be used:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const flagVariables = {
  host: 'HOST',
  port: 'PORT',
  'data-dir': 'WEFT_DATA_DIR',
  role: 'WEFT_ROLE',
  'log-level': 'LOG_LEVEL',
} as const satisfies Record<string, Variable>;

/** Values given on the command line, by flag name without dashes; each wins over its variable. */
export type ConfigFlags = { readonly [Flag in keyof typeof flagVariables]?: string };

/**
 * The flags of `weft serve` and `npm start --`: `--host`, `--port`, `--data-dir`, `--role`, `--log-level`.
 *
 * @throws ConfigError for any other argument
 */
export function parseConfigFlags(args: readonly string[]): ConfigFlags {
  const option = { type: 'string' } as const;
  try {
    const options = {
      host: option,
      port: option,
      'data-dir': option,
      role: option,
      'log-level': option,
    } satisfies Record<keyof ConfigFlags, object>;
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError([toMessage(error)]);
  }
}

/**
 * Reads the environment, once, at the start. An empty variable counts as unset; variables that Weft does not know are
 * ignored, with a warning for those that begin with WEFT_.
 *
 * @throws ConfigError naming every mistake
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, flags: ConfigFlags = {}): Config {
  const given = new Map(Object.entries(env).map(([name, value]) => [name, value?.trim()]));
  const spelling = new Map<string, string>();
  for (const [name, variable] of Object.entries(flagVariables)) {
    const value = flags[name as keyof ConfigFlags];
    if (value === undefined) continue;
    given.set(variable, value.trim());
    spelling.set(variable, `--${name}`);
  }
  const raw = Object.fromEntries([...given].filter(([, value]) => value !== undefined && value !== ''));

  const result = environmentSchema.safeParse(raw);
  const problems = (result.error?.issues ?? []).map(({ path: [key], message }) => {
    const variable = String(key);
    const name = spelling.get(variable) ?? variable;
    return secrets.has(variable)
      ? `${name} must be ${message}.`
      : `${name} is ${quote(raw[variable])}; it must be ${message}.`;
  });
  const hostName = environmentSchema.shape.HOST.safeParse(raw.HOST).data;
  const isLocal = hostName === undefined || isLoopback(hostName);
  if (!isLocal && environmentSchema.shape.AUTH_ENABLED.safeParse(raw.AUTH_ENABLED).data === false) {
    problems.push(
      `AUTH_ENABLED is "${raw.AUTH_ENABLED}" while ${spelling.get('HOST') ?? 'HOST'} is ${quote(raw.HOST)}: without authentication Weft listens on ` +
        'this machine only. Leave AUTH_ENABLED out, or set HOST to 127.0.0.1.',
    );
  }
  const role = environmentSchema.shape.WEFT_ROLE.safeParse(raw.WEFT_ROLE).data;
  if (role !== undefined && role !== 'all' && raw.DATABASE_URL === undefined) {
    problems.push(
      `${spelling.get('WEFT_ROLE') ?? 'WEFT_ROLE'} is "${raw.WEFT_ROLE}" while DATABASE_URL is not set: the embedded database serves one ` +
        'process. Set DATABASE_URL, or leave the role out.',
    );
  }
  problems.push(...findLanguageModelProblems(raw), ...findOAuthClientProblems(raw));
  if ((raw.OIDC_ISSUER === undefined) !== (raw.OIDC_AUDIENCE === undefined)) {
    problems.push('OIDC_ISSUER and OIDC_AUDIENCE belong together: set both, or none.');
  }
  if (raw.SEARCH_ENGINE?.toLowerCase() === 'opensearch' && raw.SEARCH_URL === undefined) {
    problems.push('SEARCH_ENGINE is "opensearch" while SEARCH_URL is not set. Set it, or leave SEARCH_ENGINE out.');
  }
  if (result.success) problems.push(...findEmbeddingProblems(toEmbedding(result.data)));
  if (!result.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const warnings = [...findWarnings(Object.keys(raw)), ...findEmbeddingWarnings(result.data)];
  return Object.freeze({ ...toConfig(result.data, isLocal, warnings), oauthClients: toOAuthClients(raw) });
}

function toConfig(values: Environment, isLocal: boolean, warnings: readonly string[]): Omit<Config, 'oauthClients'> {
  const authEnabled = values.AUTH_ENABLED ?? !isLocal;
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    dataDirectory: values.WEFT_DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    role: values.WEFT_ROLE,
    searchLocation: values.SEARCH_URL,
    searchEngine: values.SEARCH_ENGINE ?? (values.SEARCH_URL === undefined ? 'lancedb' : 'opensearch'),
    blobLocation: values.BLOB_URL,
    authEnabled,
    oidc: toOidcSettings(values),
    auditLogDays: values.AUDIT_LOG_DAYS,
    encryptionKeys: values.ENCRYPTION_KEYS,
    additionalCorsOrigins: values.ADDITIONAL_CORS_ORIGINS,
    filesRoots: values.FILES_ROOTS ?? (authEnabled ? Object.freeze([]) : undefined),
    egressAllow: values.EGRESS_ALLOW,
    enableInternalSources: values.ENABLE_INTERNAL_SOURCES,
    maxUploadBytes: values.MAX_UPLOAD_BYTES,
    maxFileBytes: values.MAX_FILE_BYTES,
    disabledFileTypes: Object.freeze([...new Set(values.DISABLED_FILE_TYPES.flat())]),
    syncConcurrency: values.SYNC_CONCURRENCY,
    jobRetentionDays: values.JOB_RETENTION_DAYS,
    quotas: Object.freeze({
      ...unlimited,
      documents: values.QUOTA_DOCUMENTS ?? null,
      storageBytes: values.QUOTA_STORAGE_BYTES ?? null,
      parallelSyncs: values.QUOTA_PARALLEL_SYNCS ?? null,
      requestsPerMinute: values.REQUEST_LIMIT_PER_MINUTE ?? null,
    }),
    queryLog: Object.freeze({ mode: values.QUERY_LOG, retentionDays: values.QUERY_LOG_DAYS }),
    probesWebhooks: values.WEBHOOK_PROBE,
    webhookRetentionDays: values.WEBHOOK_RETENTION_DAYS,
    embedding: toEmbedding(values),
    languageModels: toLanguageModelSettings(values),
    skipMigrationBackup: values.SKIP_MIGRATION_BACKUP,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    warnings: Object.freeze(warnings),
  });
}

function toOidcSettings(values: Environment): OidcSettings | undefined {
  const audiences = (values.OIDC_AUDIENCE ?? '').split(',').map((name) => name.trim());
  const [first, ...others] = audiences.filter(Boolean);
  if (values.OIDC_ISSUER === undefined || first === undefined) return undefined;
  const secret = values.OIDC_CLIENT_SECRET;
  return {
    ...{ issuer: values.OIDC_ISSUER, audience: [first, ...others] },
    ...(secret === undefined ? {} : { clientSecret: secret }),
  };
}

function toEmbedding(values: Environment): EmbeddingSettings {
  return toEmbeddingSettings(values, toLanguageModelSettings(values).providers);
}

function findWarnings(names: readonly string[]): readonly string[] {
  const known = new Set([...Object.keys(environmentSchema.shape), ...clientVariables]);
  return names
    .filter((name) => name.startsWith('WEFT_') && !known.has(name))
    .map((name) => `${name} is not a setting of Weft and is ignored; docs/configuration.md lists all settings.`);
}

function quote(value: string | undefined): string {
  return JSON.stringify((value ?? '').slice(0, 200));
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

function toFileType(text: string): readonly TextFormat[] | undefined {
  const name = text.toLowerCase();
  return Object.hasOwn(fileTypes, name) ? fileTypes[name] : undefined;
}
