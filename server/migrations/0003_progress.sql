-- How far a run is, written with the renewals of its lease and with its pages, and what it came to.
alter table sync_jobs
  add column phase text check (phase in ('validating', 'reading', 'sweeping', 'finishing')),
  add column current_scope text,                                -- what is being read: a stream
  add column rate real,                                         -- documents a second over the last half minute
  add column remaining bigint,                                  -- an estimate from what was there before; null: unknown
  add column bytes_read bigint not null default 0,
  add column api_calls integer not null default 0,
  add column retries integer not null default 0,
  add column entities_encountered jsonb not null default '{}';  -- {entity type: inserted + updated + kept}

-- What a run says about itself, for people. Only the newest lines of each job are kept.
create table sync_job_logs (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  sync_job_id uuid not null references sync_jobs on delete cascade,
  at timestamptz not null,
  level text not null check (level in ('info', 'warn', 'error')),
  message text not null,
  entity text                                                   -- the source's id of what the line is about
);
create index sync_job_logs_job on sync_job_logs (sync_job_id, id);

alter table sync_job_logs enable row level security;
alter table sync_job_logs force row level security;
create policy organization on sync_job_logs
  using ((select current_organization()) = '*' or organization_id::text = (select current_organization()));
