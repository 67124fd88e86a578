-- A sign-in at a source in the browser, from its link to its end. Of a connection's the newest counts.
create table source_sign_ins (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  source_connection_id uuid not null references source_connections on delete cascade,
  status text not null check (status in ('pending', 'exchanging', 'in_progress', 'completed', 'failed', 'cancelled')),
  state_hash bytea not null unique,            -- SHA-256 of what the source sends back: our state, or OAuth 1's request token
  link_code text unique,                       -- null: the link was opened
  link_url text,                               -- which holds that code; null: as above
  claim_hash bytea not null,                   -- SHA-256 of what whoever began it must show
  initiator text,                              -- who began it: `user:<id>` or `session:<id>`; null: an API key
  redirect_url text not null,
  schedule jsonb,                              -- of the sync to be made; null: the source's own rhythm
  secrets bytea,                               -- sealed; null when they are no longer needed
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index source_sign_ins_connection on source_sign_ins (source_connection_id, created_at desc);
create index source_sign_ins_organization on source_sign_ins (organization_id);

-- Why the source takes the credentials no longer, in the public API's word; null: it does, as far as is known.
alter table source_connections add column credentials_error text check (credentials_error in
  ('oauth_credentials_expired', 'api_key_invalid', 'auth_provider_account_gone', 'auth_provider_credentials_invalid'));

-- When the source last gave a token for them; those that are not used for long are renewed, to see whether they still work.
alter table source_connections add column credentials_checked_at timestamptz;
create index source_connections_signed_in on source_connections (credentials_checked_at)
  where auth_method in ('oauth_browser', 'oauth_byoc') and deleted_at is null;

-- A first run that begins when whoever began the sign-in has shown the claim token.
alter table sync_jobs add column awaits_claim boolean not null default false;
create index sync_jobs_unclaimed on sync_jobs (sync_id) where awaits_claim;

alter table source_sign_ins enable row level security;
alter table source_sign_ins force row level security;
create policy organization on source_sign_ins
  using ((select current_organization()) = '*' or organization_id::text = (select current_organization()));
