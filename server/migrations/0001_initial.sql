-- Every table of an organisation carries organization_id, and every policy binds it to the session's
-- weft.organization_id: '*' is the system's own work (claiming jobs, sweeping), anything else one organisation.

create function current_organization() returns text language sql stable parallel safe as
  $$ select current_setting('weft.organization_id', true) $$;

create table organizations (
  id uuid primary key,
  name text not null,
  description text,
  org_metadata jsonb,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now()
);

create table users (
  id uuid primary key,
  email text not null unique,
  full_name text,
  is_admin boolean not null default false,
  is_superuser boolean not null default false,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  last_active_at timestamptz
);

create table memberships (
  organization_id uuid not null references organizations on delete cascade,
  user_id uuid not null references users on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  is_primary boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index memberships_user on memberships (user_id);
create unique index memberships_one_primary on memberships (user_id) where is_primary;

create table api_keys (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  name text,
  key_prefix text not null,          -- first 8 characters, for people to recognise it
  key_hash bytea not null unique,    -- SHA-256 of the whole key; the key itself is never stored
  scopes text[],                     -- null: everything
  collections text[],                -- readable ids; null: all
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  last_used_at timestamptz,
  created_by_email text,
  modified_by_email text
);
create index api_keys_organization on api_keys (organization_id, created_at desc);

create table collections (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  name text not null,
  readable_id text not null,
  sync_config jsonb,
  -- the index generation that searches read, and the encoder it was built with
  index_generation integer not null default 1,
  encoder_name text not null,
  dimensions integer not null,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  created_by_email text,
  modified_by_email text,
  deleted_at timestamptz             -- hidden from now on; a background sweep removes what belongs to it, then the row
);
create unique index collections_readable_id on collections (readable_id) where deleted_at is null;
create index collections_organization on collections (organization_id, created_at desc) where deleted_at is null;
create index collections_deleted on collections (deleted_at) where deleted_at is not null;

create table source_connections (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  name text not null,
  description text,
  short_name text not null,
  config jsonb not null default '{}',
  credentials bytea,                 -- sealed; null when the source needs none
  auth_method text not null,
  is_authenticated boolean not null,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  created_by_email text,
  modified_by_email text,
  deleted_at timestamptz
);
create index source_connections_collection on source_connections (organization_id, collection_id, created_at desc) where deleted_at is null;
create index source_connections_deleted on source_connections (deleted_at) where deleted_at is not null;
-- one implicit connection per collection takes what is pushed
create unique index source_connections_documents on source_connections (collection_id) where short_name = 'documents' and deleted_at is null;

create table syncs (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  source_connection_id uuid not null unique references source_connections on delete cascade,
  status text not null default 'active' check (status in ('active', 'paused', 'inactive', 'error')),
  cron text,
  next_run_at timestamptz,
  run_number bigint not null default 0,       -- counts runs; entities carry the number of the run that last saw them
  cursors jsonb not null default '{}',        -- stream -> checkpoint of the last committed page, for incremental streams
  held_deletions jsonb,                       -- {"count", "total", "run_number"} while a suspiciously large sweep waits for a decision
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now()
);
create index syncs_due on syncs (next_run_at) where next_run_at is not null and status = 'active';

create table sync_jobs (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  sync_id uuid not null references syncs on delete cascade,
  status text not null check (status in ('created', 'pending', 'running', 'completed', 'failed', 'cancelling', 'cancelled')),
  trigger text not null check (trigger in ('manual', 'schedule', 'push', 'watch')),
  force_full boolean not null default false,
  run_number bigint,                          -- set when the run starts
  is_full boolean,                            -- set when the run starts: only such a run sweeps
  position jsonb not null default '{}',       -- {"streams": {stream -> checkpoint}, "done": [stream]} of the last committed page
  entities_inserted integer not null default 0,
  entities_updated integer not null default 0,
  entities_deleted integer not null default 0,
  entities_kept integer not null default 0,
  entities_skipped integer not null default 0,
  error text,
  error_category text,
  waiting_for text,                           -- why a running job stands still: a full disk, a rate limit
  lease_owner text,
  lease_expires_at timestamptz,
  attempts integer not null default 0,        -- how often a worker has taken it up
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz
);
create unique index sync_jobs_one_active on sync_jobs (sync_id) where status in ('created', 'pending', 'running', 'cancelling');
create index sync_jobs_latest on sync_jobs (sync_id, created_at desc);
create index sync_jobs_open on sync_jobs (created_at) where status in ('pending', 'running', 'cancelling');

-- A document in the API's words. The row is the truth; the index follows it.
create sequence document_versions as bigint;
create table documents (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  source_connection_id uuid not null references source_connections on delete cascade,
  sync_id uuid not null references syncs on delete cascade,
  entity_id text not null,                    -- the source's id
  entity_type text not null,
  name text not null,
  url text,
  state text not null check (state in ('indexed', 'failed')),
  error text,                                 -- why the last try failed; the last good version stays searchable
  tries integer not null default 0,           -- failed tries since the last success
  version bigint not null default 0,          -- committed version: index rows below it are superseded; 0: nothing indexed
  chunk_count integer not null default 0,
  entity_hash text,                           -- everything, metadata and pipeline version included; null: nothing indexed
  content_hash text,                          -- the text or the file's bytes
  revision text,                              -- the source's cheap mark of the content's state
  raw_key text,                               -- blob store key of the record as the source gave it
  size_bytes bigint,
  mime_type text,
  metadata jsonb not null default '{}',       -- the source's own fields
  breadcrumbs jsonb not null default '[]',
  access jsonb,
  source_created_at timestamptz,
  source_updated_at timestamptz,
  seen_run bigint not null default 0,         -- the run that last saw it
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  unique (source_connection_id, entity_type, entity_id)
-- every run writes seen_run of every row: room on the page and no index on it keep those updates in place
) with (fillfactor = 80);
create index documents_connection on documents (source_connection_id, id);
create index documents_listing on documents (collection_id, id);
create index documents_failed on documents (source_connection_id, id) where state = 'failed';

-- What a committed page made superseded, done after the commit and again after a crash.
create table index_drops (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  document_id uuid not null,
  before_version bigint not null,
  raw_key text                                -- blob that nobody needs any more
);
create index index_drops_collection on index_drops (collection_id, id);

-- Pushed documents that no run has taken up yet; a page's commit removes them.
create table pushed_documents (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  sync_id uuid not null references syncs on delete cascade,
  entity_id text not null,
  record jsonb not null,                      -- the document, without the bytes of files
  blob_key text,                              -- the uploaded file
  created_at timestamptz not null default now()
);
create index pushed_documents_next on pushed_documents (sync_id, id);
create index pushed_documents_entity on pushed_documents (sync_id, entity_id);

do $$
declare t text;
begin
  foreach t in array array['memberships', 'api_keys', 'collections', 'source_connections', 'syncs', 'sync_jobs', 'documents', 'index_drops', 'pushed_documents'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using (current_organization() = '*' or organization_id::text = current_organization())$p$, t);
  end loop;
  execute 'alter table organizations enable row level security';
  execute 'alter table organizations force row level security';
  execute $p$create policy organization on organizations using (current_organization() = '*' or id::text = current_organization())$p$;
end $$;
