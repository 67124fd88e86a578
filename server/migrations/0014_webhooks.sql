-- Who is told of what, and where.
create table webhook_subscriptions (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  url text not null,
  event_types text[] not null,
  secret bytea not null,                       -- sealed, as credentials are
  previous_secret bytea,                       -- also signs until the time beside it
  previous_secret_until timestamptz,
  disabled_at timestamptz,                     -- null: it is told
  disabled_reason text check (disabled_reason in ('person', 'gone', 'failing')),
  failing_since timestamptz,                   -- the first failed attempt since the last that succeeded
  held_until timestamptz,                      -- the receiver asked for a pause
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  check ((disabled_at is null) = (disabled_reason is null))
);
create index webhook_subscriptions_organization on webhook_subscriptions (organization_id, created_at);

-- What happened, as it is told. One index serves both lists: of all types it is asked once per type.
create table event_messages (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  event_type text not null,
  payload json not null,                       -- not jsonb: every attempt sends the same bytes
  at timestamptz not null
);
create index event_messages_list on event_messages (organization_id, event_type, at desc);
create index event_messages_age on event_messages (at);

-- What is still to be told to whom. A row goes when it was delivered or given up, so that the table stays small; a worker that
-- takes one moves due_at behind its lease, so that the row comes back by itself when the worker is lost.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  message_id uuid not null references event_messages on delete cascade,
  subscription_id uuid not null references webhook_subscriptions on delete cascade,
  due_at timestamptz not null,
  attempts smallint not null default 0,        -- that have failed
  lease_owner text,
  unique (message_id, subscription_id)
);
create index webhook_deliveries_due on webhook_deliveries (subscription_id, due_at);
create index webhook_deliveries_organization on webhook_deliveries (organization_id);

create table webhook_attempts (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  message_id uuid not null references event_messages on delete cascade,
  subscription_id uuid not null references webhook_subscriptions on delete cascade,
  at timestamptz not null,
  url text not null,
  status_code smallint not null,               -- 0: no answer
  response text,                               -- the beginning of the answer, or why there was none
  duration_ms integer not null
);
create index webhook_attempts_message on webhook_attempts (message_id, at desc);
create index webhook_attempts_subscription on webhook_attempts (subscription_id, at desc);
create index webhook_attempts_organization on webhook_attempts (organization_id);
create index webhook_attempts_age on webhook_attempts (at);

-- Requests to deliver again what was not delivered in some time.
create table webhook_recoveries (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  subscription_id uuid not null references webhook_subscriptions on delete cascade,
  since timestamptz not null,
  until timestamptz not null,
  after_at timestamptz,                        -- how far it came: the last message looked at
  after_id uuid,
  found integer not null default 0,            -- messages that are delivered again
  status text not null default 'running' check (status in ('running', 'completed')),
  created_at timestamptz not null default now()
);
create index webhook_recoveries_running on webhook_recoveries (created_at) where status = 'running';
create index webhook_recoveries_subscription on webhook_recoveries (subscription_id, created_at desc);
create index webhook_recoveries_organization on webhook_recoveries (organization_id);

-- For the events that tell of a run: passages written, committed pages, and when the last of them was.
alter table sync_jobs
  add column chunks_written bigint not null default 0,
  add column batches integer not null default 0,
  add column batch_at timestamptz;

do $$
declare t text;
begin
  foreach t in array array['webhook_subscriptions', 'event_messages', 'webhook_deliveries', 'webhook_attempts', 'webhook_recoveries'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;
