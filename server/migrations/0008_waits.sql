-- A source that asks for a long pause: the job stays running and no worker takes it up before this time.
alter table sync_jobs add column resume_at timestamptz;

-- A run that was cut off, failed or was cancelled may have written index rows that it did not commit: those above this
-- version. The next to run the sync removes them first.
alter table sync_jobs add column has_leftovers boolean not null default false;
alter table sync_jobs add column committed_version bigint not null default 0;
create index sync_jobs_leftovers on sync_jobs (sync_id) where has_leftovers;
