alter table syncs
  add column time_zone text not null default 'UTC',             -- IANA name, in which the cron expression is read
  add column is_continuous boolean not null default false,      -- asked for as "every few minutes", not as a cron expression
  add column paused_by text check (paused_by in ('person', 'credentials')),
  add column last_full_run_at timestamptz;                      -- end of the last run that read everything

update syncs set paused_by = 'credentials' where status = 'paused';

comment on column syncs.held_deletions is
  '{"count", "total", "run_number", "is_confirmed"} while a suspiciously large sweep waits for a decision, or for the run that was let through';
