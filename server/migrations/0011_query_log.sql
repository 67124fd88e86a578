-- What an organisation wants kept of its searches. No row, or null: the server's default.
create table query_log_settings (
  organization_id uuid primary key references organizations on delete cascade,
  mode text check (mode in ('off', 'hashed', 'full')),
  retention_days integer check (retention_days between 1 and 3650)
);

-- One row per answered search. The hash is keyed with a secret that is not in the database.
create table logged_searches (
  id uuid primary key,                         -- the search_id of the answer
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  at timestamptz not null,
  tier text not null,
  strategy text not null,
  planner text,                                -- null: none was asked
  caller_kind text not null,
  api_key_id uuid,                             -- no reference: a key that is gone has still searched
  query_hash bytea not null,
  query_text text,                             -- with the mode 'full' only, the first 1,000 characters
  filter_shape text,                           -- fields and operators, no values
  page_offset integer not null,
  result_count integer not null,               -- on the page that was asked for
  top_score real,
  took_ms real not null,
  input_tokens integer,                        -- null: no language model was asked
  output_tokens integer,
  cost double precision                        -- US dollars; null also where the price is not known
);
create index logged_searches_collection on logged_searches (collection_id, at);
create index logged_searches_age on logged_searches (organization_id, at);
create index logged_searches_words on logged_searches (organization_id)
  where query_text is not null or filter_shape like '%raw\_source\_fields.%';

-- What people thought of results. A new word on the same result replaces the old one.
create table search_feedback (
  search_id uuid not null references logged_searches on delete cascade,
  entity_id text not null,                     -- the source's own id of the document
  judgement text not null check (judgement in ('good', 'bad', 'clicked')),
  grade smallint not null check (grade between 0 and 3),
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  at timestamptz not null,
  primary key (search_id, entity_id)
);
create index search_feedback_collection on search_feedback (collection_id, at);
create index search_feedback_organization on search_feedback (organization_id);

do $$
declare t text;
begin
  foreach t in array array['query_log_settings', 'logged_searches', 'search_feedback'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;
