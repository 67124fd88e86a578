-- Builds a new generation of a collection's index from the raw records, while searches read the current one.
create table reindexes (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  status text not null check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
  generation integer not null,                 -- what is built; never used twice, so that a late writer of an abandoned one meets nobody
  pipeline text,                               -- the encoder and the parsers that it is built with; another one means to start over
  documents_total integer not null default 0,
  documents_done integer not null default 0,
  documents_failed integer not null default 0, -- their records could not be used; what was indexed of them was carried over
  error text,
  failures integer not null default 0,         -- attempts that broke off with an error
  swapped_at timestamptz,                      -- from here on searches read the new generation; what follows is tidying up
  lease_owner text,
  lease_expires_at timestamptz,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  is_swept boolean not null default false      -- the generations that nobody reads any more are removed
);
create unique index reindexes_one_active on reindexes (collection_id) where status in ('pending', 'running');
create index reindexes_latest on reindexes (collection_id, created_at desc);
create index reindexes_open on reindexes (created_at) where status in ('pending', 'running');
create index reindexes_unswept on reindexes (ended_at) where not is_swept;

-- What the new generation holds of each document, and what the document's row is to say once it is in use.
create table reindexed_documents (
  reindex_id uuid not null references reindexes on delete cascade,
  document_id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  version bigint not null default 0,           -- 0: about to be written, so there may be rows of it
  chunk_count integer not null default 0,
  entity_hash text,
  content_hash text,
  revision text,
  error text,                                  -- why its record could not be used
  primary key (reindex_id, document_id)
);

-- The record of a file is its bytes; what kind of file it is follows from its name. Null: Markdown, or written before this column.
alter table documents add column file_name text;

do $$
declare t text;
begin
  foreach t in array array['reindexes', 'reindexed_documents'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;
