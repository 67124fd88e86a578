-- Who may act on one collection for a few minutes without a key, as an embedded widget does for an end user. A row goes with
-- the key that made it, so that deleting the key ends its sessions too.
create table connect_sessions (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  collection_id uuid not null references collections on delete cascade,
  allowed_integrations text[],                 -- short names of sources; null: all
  mode text not null check (mode in ('all', 'connect', 'manage', 'reauth')),
  end_user_id text,                            -- the customer's own name for whoever sits in front of it
  api_key_id uuid references api_keys on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index connect_sessions_age on connect_sessions (organization_id, expires_at);
create index connect_sessions_collection on connect_sessions (collection_id);
create index connect_sessions_key on connect_sessions (api_key_id) where api_key_id is not null;

-- Whose connection it is, where an end user made it in a session that said who that is.
alter table source_connections add column end_user_id text;

alter table connect_sessions enable row level security;
alter table connect_sessions force row level security;
create policy organization on connect_sessions using ((select current_organization()) = '*' or organization_id::text = (select current_organization()));
