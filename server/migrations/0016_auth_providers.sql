-- An organisation's account at an auth provider, which keeps its users' accounts at the sources.
create table auth_provider_connections (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  readable_id text not null,
  name text not null,
  short_name text not null,                    -- composio, pipedream, custom
  description text,
  credentials bytea not null,                  -- sealed
  masked_client_id text,                       -- what may be shown of its client id
  created_by_email text,
  modified_by_email text,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now()
);
create unique index auth_provider_connections_readable_id on auth_provider_connections (organization_id, readable_id);

-- Where a source connection has its credentials from, with auth_method 'auth_provider'; config says which account is meant.
alter table source_connections
  add column auth_provider_connection_id uuid references auth_provider_connections on delete set null,
  add column auth_provider_config jsonb;
create index source_connections_auth_provider on source_connections (auth_provider_connection_id)
  where auth_provider_connection_id is not null;

-- What of a source is read, by the ids of its browse tree. No row: everything.
create table browse_selections (
  source_connection_id uuid not null references source_connections on delete cascade,
  source_node_id text not null,
  organization_id uuid not null references organizations on delete cascade,
  position integer not null,                   -- as it was given
  primary key (source_connection_id, source_node_id)
);
create index browse_selections_organization on browse_selections (organization_id);

do $$
declare t text;
begin
  foreach t in array array['auth_provider_connections', 'browse_selections'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;
