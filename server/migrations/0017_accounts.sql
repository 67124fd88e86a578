alter table users
  add column external_id text;                 -- who the identity provider says it is: issuer and subject
create unique index users_email_any_case on users (lower(email));
create unique index users_external_id on users (external_id) where external_id is not null;

-- Hidden from now on; a sweep removes the row once its collections are gone.
alter table organizations add column deleted_at timestamptz;
create index organizations_deleted on organizations (deleted_at) where deleted_at is not null;

-- How a user signs in here. Apart from users, so that nothing that reads users reads these.
create table user_credentials (
  user_id uuid primary key references users on delete cascade,
  password_hash text,                          -- scrypt with its parameters; null: signs in elsewhere
  password_changed_at timestamptz,
  totp_secret bytea,                           -- sealed
  totp_enabled_at timestamptz,                 -- null: not confirmed yet
  totp_last_step bigint not null default 0,    -- the time step of the last code that was taken; none is taken twice
  recovery_codes bytea[] not null default '{}' -- SHA-256 of each that is left
);

create table sessions (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  token_hash bytea not null unique,            -- SHA-256
  method text not null check (method in ('password', 'oidc')),
  created_at timestamptz not null,
  last_used_at timestamptz not null,           -- exact to a minute
  expires_at timestamptz not null,             -- whatever is done meanwhile
  address text,
  user_agent text
);
create index sessions_user on sessions (user_id);
create index sessions_age on sessions (expires_at);

-- Links that may be followed once: to become the first owner (no user yet), and to set a password anew.
create table account_links (
  token_hash bytea primary key,                -- SHA-256
  kind text not null check (kind in ('first_owner', 'password_reset')),
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz                       -- null: until used
);
create index account_links_user on account_links (user_id);

-- Tries to sign in, by account and by address, both hashed. A row counts within its window.
create table sign_in_tries (
  subject bytea primary key,
  tries integer not null,
  window_ends_at timestamptz not null
);
create index sign_in_tries_age on sign_in_tries (window_ends_at);

-- A sign-in at the identity provider that is under way in a browser.
create table oidc_sign_ins (
  state_hash bytea primary key,
  browser_hash bytea not null,                 -- of the cookie that binds it to one browser
  code_verifier text not null,
  nonce text not null,
  expires_at timestamptz not null
);
create index oidc_sign_ins_age on oidc_sign_ins (expires_at);

create table invitations (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  email text not null,                         -- lower case
  role text not null check (role in ('owner', 'admin', 'member')),
  token_hash bytea not null unique,            -- SHA-256
  invited_at timestamptz not null,
  expires_at timestamptz not null,
  invited_by_email text,
  unique (organization_id, email)
);

-- Who did what. Rows are only ever added; those past their time go in one function, all of them with their organisation.
create table audit_log (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  at timestamptz not null,
  action text not null,
  actor_kind text not null,
  actor_id uuid,                               -- of a user; no reference: one who is gone has still acted
  actor_email text,
  api_key_id uuid,
  object_type text not null,
  object_id text,
  details jsonb not null default '{}',         -- never secrets, never document text
  request_id text,
  address text
);
create index audit_log_listing on audit_log (organization_id, id desc);
create index audit_log_action on audit_log (organization_id, action, id desc);
create index audit_log_object on audit_log (organization_id, object_id, id desc) where object_id is not null;
create index audit_log_age on audit_log (organization_id, at);

create table audit_settings (
  organization_id uuid primary key references organizations on delete cascade,
  retention_days integer not null check (retention_days between 1 and 3650)
);

-- The second wall, where no role of the server's own could be made and no grant binds it.
create function keep_audit_log() returns trigger language plpgsql as $$
begin
  -- Deeper than one: the organisation itself is being deleted.
  if tg_op = 'DELETE' and (pg_trigger_depth() > 1 or current_setting('weft.audit_retention', true) = 'on') then
    return old;
  end if;
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function keep_audit_log();

-- Removes up to max_rows entries that are past their organisation's time, and says how many. Runs with its owner's rights.
create function remove_old_audit_entries(now_at timestamptz, default_days integer, max_rows integer) returns bigint
language plpgsql security definer set search_path from current as $$
declare removed bigint;
begin
  perform set_config('weft.organization_id', '*', true), set_config('weft.audit_retention', 'on', true);
  delete from audit_log where id in (
    select entry.id from audit_log entry
    left join audit_settings setting on setting.organization_id = entry.organization_id
    where entry.at < now_at - make_interval(days => coalesce(setting.retention_days, default_days))
    order by entry.id limit max_rows);
  get diagnostics removed = row_count;
  perform set_config('weft.audit_retention', 'off', true);
  return removed;
end $$;

do $$
declare t text;
begin
  foreach t in array array['invitations', 'audit_log', 'audit_settings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
  -- These belong to no organisation: nothing that works for one sees them.
  foreach t in array array['user_credentials', 'sessions', 'account_links', 'sign_in_tries', 'oidc_sign_ins'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy system on %I using ((select current_organization()) = '*')$p$, t);
  end loop;
end $$;
