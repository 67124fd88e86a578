import { type RawBuilder, sql } from 'kysely';

/** Whom to look for. */
export interface SoughtPerson {
  /** Lower case. */
  readonly email: string;
  readonly userId: string | null;
}

/** A table of organisations in which a person may be named. */
export interface PersonPlace {
  readonly name: string;
  readonly table: string;
  /** Which of its rows name the person. */
  readonly names: (person: SoughtPerson) => RawBuilder<unknown>;
  /** What an export shows of a row; no secrets, no document text. */
  readonly shows: readonly string[];
  readonly whenErased:
    | { readonly kind: 'deleted' }
    | { readonly kind: 'kept' }
    | { readonly kind: 'anonymised'; readonly sets: (person: SoughtPerson) => RawBuilder<unknown> };
}

const isAddress = (column: string, { email }: SoughtPerson) => sql`lower(${sql.ref(column)}) = ${email}`;
const contains = (text: RawBuilder<unknown>, { email }: SoughtPerson) => sql`strpos(lower(${text}), ${email}) > 0`;
const without = (column: string, person: SoughtPerson) =>
  sql`${sql.ref(column)} = case when ${isAddress(column, person)} then null else ${sql.ref(column)} end`;

const byWhom = {
  names: (person: SoughtPerson) =>
    sql`(${isAddress('created_by_email', person)} or ${isAddress('modified_by_email', person)})`,
  whenErased: {
    kind: 'anonymised',
    sets: (person: SoughtPerson) =>
      sql`${without('created_by_email', person)}, ${without('modified_by_email', person)}`,
  },
} as const;
const changes = ['created_at', 'created_by_email', 'modified_at', 'modified_by_email'] as const;

/** In the order in which they are erased. A test compares the columns with those of the database. */
export const personPlaces: readonly PersonPlace[] = [
  {
    name: 'memberships',
    table: 'memberships',
    names: ({ userId }) => sql`user_id = ${userId}::uuid`,
    shows: ['organization_id', 'role', 'is_primary', 'created_at'],
    whenErased: { kind: 'deleted' },
  },
  {
    name: 'invitations',
    table: 'invitations',
    names: (person) => isAddress('email', person),
    shows: ['id', 'organization_id', 'email', 'role', 'invited_at', 'expires_at', 'invited_by_email'],
    whenErased: { kind: 'deleted' },
  },
  {
    name: 'invitations_sent',
    table: 'invitations',
    names: (person) => isAddress('invited_by_email', person),
    shows: ['id', 'organization_id', 'role', 'invited_at'],
    whenErased: { kind: 'anonymised', sets: (person) => without('invited_by_email', person) },
  },
  {
    name: 'api_keys',
    table: 'api_keys',
    shows: ['id', 'organization_id', 'name', 'last_used_at', ...changes],
    ...byWhom,
  },
  {
    name: 'collections',
    table: 'collections',
    shows: ['id', 'organization_id', 'name', 'readable_id', ...changes],
    ...byWhom,
  },
  {
    name: 'source_connections',
    table: 'source_connections',
    shows: ['id', 'organization_id', 'name', 'short_name', ...changes],
    ...byWhom,
  },
  {
    name: 'end_user_connections',
    table: 'source_connections',
    names: (person) => isAddress('end_user_id', person),
    shows: ['id', 'organization_id', 'name', 'short_name', 'end_user_id', 'created_at'],
    // Not null, which would make them everybody's.
    whenErased: { kind: 'anonymised', sets: () => sql`end_user_id = 'erased ' || gen_random_uuid()` },
  },
  {
    name: 'connect_sessions',
    table: 'connect_sessions',
    names: (person) => isAddress('end_user_id', person),
    shows: ['id', 'organization_id', 'end_user_id', 'created_at', 'expires_at'],
    whenErased: { kind: 'deleted' },
  },
  {
    name: 'auth_provider_connections',
    table: 'auth_provider_connections',
    shows: ['id', 'organization_id', 'name', 'readable_id', ...changes],
    ...byWhom,
  },
  {
    name: 'logged_searches',
    table: 'logged_searches',
    names: (person) => contains(sql`query_text`, person),
    shows: ['id', 'organization_id', 'at', 'query_text'],
    whenErased: { kind: 'anonymised', sets: () => sql`query_text = null` },
  },
  {
    name: 'group_memberships',
    table: 'group_memberships',
    names: (person) => contains(sql`member`, person),
    shows: ['organization_id', 'source_connection_id', 'member', 'member_of'],
    whenErased: { kind: 'kept' },
  },
  {
    name: 'documents_shared_with',
    table: 'documents',
    names: (person) => contains(sql`access->>'viewers'`, person),
    shows: ['id', 'organization_id', 'entity_id', 'name', 'source_connection_id'],
    whenErased: { kind: 'kept' },
  },
  {
    name: 'documents_naming',
    table: 'documents',
    names: (person) =>
      contains(sql`name || ' ' || coalesce(url, '') || ' ' || metadata::text || breadcrumbs::text`, person),
    shows: ['id', 'organization_id', 'entity_id', 'name', 'source_connection_id'],
    whenErased: { kind: 'kept' },
  },
  {
    name: 'audit_log',
    table: 'audit_log',
    names: (person) =>
      sql`(${isAddress('actor_email', person)} or actor_id = ${person.userId}::uuid or ${contains(sql`coalesce(object_id, '') || details::text`, person)})`,
    shows: ['id', 'organization_id', 'at', 'action', 'actor_email', 'object_type', 'object_id', 'address'],
    whenErased: { kind: 'kept' },
  },
];
