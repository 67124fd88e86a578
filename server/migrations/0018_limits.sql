select set_config('weft.organization_id', '*', true);

-- More of what an organisation may use, with the same rule: no row, the server's defaults; null, unlimited.
alter table quotas
  add column entities bigint check (entities >= 0),              -- written by syncs in one month
  add column queries bigint check (queries >= 0),                -- in one month
  add column tokens bigint check (tokens >= 0),                  -- of language models, in one month
  add column source_connections integer check (source_connections >= 0),
  add column team_members integer check (team_members >= 0),
  add column requests_per_minute integer check (requests_per_minute >= 1);

-- What organisations did in each month: the sum of its rows. Rows are only added, so that nobody waits for anybody, and are merged
-- now and then.
create table usage_counts (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  month date not null,                                           -- its first day, in UTC
  entities bigint not null default 0,
  queries bigint not null default 0,
  tokens bigint not null default 0
);
create index usage_counts_month on usage_counts (organization_id, month);

create function month_of(moment timestamptz) returns date language sql immutable parallel safe as
  $$ select date_trunc('month', moment at time zone 'utc')::date $$;

insert into usage_counts (organization_id, month, entities)
  select organization_id, month_of(coalesce(completed_at, failed_at, created_at)), sum(entities_inserted::bigint + entities_updated)
  from sync_jobs where status in ('completed', 'failed', 'cancelled') group by 1, 2;
insert into usage_counts (organization_id, month, queries, tokens)
  select organization_id, month_of(at), count(*) filter (where tier <> 'agentic'),
    sum(coalesce(input_tokens, 0)::bigint + coalesce(output_tokens, 0))
  from logged_searches group by 1, 2;

-- A run counts when it ends; while it is under way, its own row says how much it is.
create function count_ended_job() returns trigger language plpgsql as $$
begin
  insert into usage_counts (organization_id, month, entities)
    select new.organization_id, month_of(now()), new.entities_inserted::bigint + new.entities_updated
    where new.entities_inserted + new.entities_updated > 0
      and exists (select from organizations where id = new.organization_id);
  return null;
end $$;
create trigger count_ended_job after update of status on sync_jobs for each row
  when (new.status in ('completed', 'failed', 'cancelled') and old.status not in ('completed', 'failed', 'cancelled'))
  execute function count_ended_job();

-- Counts one search more, if with it there are no more than so many; otherwise says how many there are.
create function take_query(of_organization uuid, of_month date, max_queries bigint) returns bigint language plpgsql as $$
declare used bigint;
begin
  -- With the organisation, names an advisory lock that no other part of Weft takes.
  perform pg_advisory_xact_lock(7236184, hashtext(of_organization::text));
  select coalesce(sum(queries), 0) into used from usage_counts where organization_id = of_organization and month = of_month;
  if used >= max_queries then return used; end if;
  insert into usage_counts (organization_id, month, queries)
    select of_organization, of_month, 1 where exists (select from organizations where id = of_organization);
  return null;
end $$;

-- Limits on what there is, exact however many add to it at once: the row of the limits makes them come one after the other.
create function require_place() returns trigger language plpgsql as $$
declare
  places integer;
  taken integer;
begin
  if tg_table_name = 'source_connections' then
    -- The connection that takes what is pushed is not one of a source.
    if new.short_name = 'documents' then return new; end if;
    select source_connections into places from quotas where organization_id = new.organization_id for update;
    if places is null then return new; end if;
    select count(*) into taken from source_connections
      where organization_id = new.organization_id and deleted_at is null and short_name <> 'documents';
  else
    select team_members into places from quotas where organization_id = new.organization_id for update;
    if places is null then return new; end if;
    -- Whoever is a member already takes no place more.
    if exists (select from memberships where organization_id = new.organization_id and user_id = new.user_id) then return new; end if;
    select count(*) into taken from memberships where organization_id = new.organization_id;
  end if;
  if taken < places then return new; end if;
  raise exception using errcode = 'WF001', message = format(
    'Usage limit exceeded: the organization has %s of %s %s. %s', taken, places,
    case tg_table_name when 'source_connections' then 'source connections' else 'members' end,
    case tg_table_name when 'source_connections' then 'Delete one that is not needed, or have the limit raised.'
      else 'Remove one, or have the limit raised.' end);
end $$;
create trigger require_place before insert on source_connections for each row execute function require_place();
create trigger require_place before insert on memberships for each row execute function require_place();

-- Sliding windows of limits on rates. What they hold is worth a minute, so a crash may empty them.
create unlogged table rate_windows (
  organization_id uuid not null references organizations on delete cascade,
  key text not null,                                             -- what is limited
  first_entry bigint not null default 1,                         -- the oldest that may still be in the window
  last_entry bigint not null default 0,
  last_at timestamptz not null default '-infinity',
  primary key (organization_id, key)
) with (fillfactor = 50);
create unlogged table rate_window_entries (
  organization_id uuid not null references organizations on delete cascade,
  key text not null,
  entry bigint not null,
  at timestamptz not null,
  primary key (organization_id, key, entry)
);

-- Takes one place in a window of so many, or says how long until there is one. Callers of one window come one after the other.
create function take_from_window(of_organization uuid, of_key text, places integer, width interval,
  out is_taken boolean, out remaining integer, out wait_ms double precision)
language plpgsql as $$
declare
  known rate_windows;
  moment timestamptz;
  first_live bigint;
begin
  select * into known from rate_windows where organization_id = of_organization and key = of_key for update;
  if not found then
    insert into rate_windows (organization_id, key) values (of_organization, of_key) on conflict do nothing;
    select * into known from rate_windows where organization_id = of_organization and key = of_key for update;
  end if;
  moment := clock_timestamp();
  -- A clock that was set back would keep the window full for as long.
  if known.last_at < moment + interval '1 second' then
    select entry into first_live from rate_window_entries
      where organization_id = of_organization and key = of_key and entry >= known.first_entry and at > moment - width
      order by entry limit 1;
  end if;
  first_live := coalesce(first_live, known.last_entry + 1);
  if first_live > known.first_entry then
    delete from rate_window_entries where organization_id = of_organization and key = of_key and entry < first_live;
  end if;
  remaining := places - (known.last_entry - first_live + 1);
  is_taken := remaining > 0;
  if is_taken then
    insert into rate_window_entries (organization_id, key, entry, at) values (of_organization, of_key, known.last_entry + 1, moment);
    update rate_windows set first_entry = first_live, last_entry = known.last_entry + 1, last_at = moment
      where organization_id = of_organization and key = of_key;
    remaining := remaining - 1;
    wait_ms := 0;
  else
    if first_live > known.first_entry then
      update rate_windows set first_entry = first_live where organization_id = of_organization and key = of_key;
    end if;
    remaining := 0;
    -- More may be in the window than its places, where the limit was lowered.
    select extract(epoch from at + width - moment) * 1000 into wait_ms from rate_window_entries
      where organization_id = of_organization and key = of_key and entry = known.last_entry - places + 1;
  end if;
end $$;

-- How fast a source may be asked, for all connections of an organisation or for each.
create table source_rate_limits (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  source_short_name text not null,
  max_requests integer not null check (max_requests > 0),
  window_seconds integer not null check (window_seconds > 0),
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  unique (organization_id, source_short_name)
);

-- What was switched on or off for one organisation; no row: as the server has it.
create table organization_features (
  organization_id uuid not null references organizations on delete cascade,
  flag text not null,
  is_enabled boolean not null,
  primary key (organization_id, flag)
);

-- Files are asked for by the source's id of a document, in all collections at once.
create index documents_entity on documents using hash (entity_id);

do $$
declare t text;
begin
  foreach t in array array['usage_counts', 'rate_windows', 'rate_window_entries', 'source_rate_limits', 'organization_features'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;
