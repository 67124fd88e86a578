-- A source that asks for a long pause: the job stays running and no worker takes it up before this time.
alter table sync_jobs add column resume_at timestamptz;

-- A run that failed or was cancelled may have written index rows that no document knows. They are never shown; the
-- next run of the sync removes them.
alter table sync_jobs add column has_leftovers boolean not null default false;
create index sync_jobs_leftovers on sync_jobs (sync_id) where has_leftovers;
