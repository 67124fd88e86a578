-- When a document failed, and whose fault it was: the document's own, its source's, or Weft's.
alter table documents
  add column error_blame text check (error_blame in ('document', 'source', 'weft')),
  add column first_failed_at timestamptz,                       -- of the failures since the last success
  add column last_failed_at timestamptz;
-- Included again by a person: no source gives them by itself.
create index documents_included on documents (source_connection_id) where state = 'indexed' and version = 0;
update documents set first_failed_at = modified_at, last_failed_at = modified_at where state = 'failed';

-- What an organisation may use in place of the server's defaults. No row: the defaults. Null: unlimited.
create table quotas (
  organization_id uuid primary key references organizations on delete cascade,
  documents bigint check (documents >= 0),
  storage_bytes bigint check (storage_bytes >= 0),
  parallel_syncs integer check (parallel_syncs >= 1)
);

-- How many documents an organisation has and how large they are: the sum of its rows. Changes are added as rows of their own,
-- so that syncs do not wait for each other, and are merged now and then.
create table usage_changes (
  id bigint generated always as identity primary key,
  organization_id uuid not null references organizations on delete cascade,
  documents bigint not null,
  storage_bytes bigint not null
);
create index usage_changes_organization on usage_changes (organization_id);
insert into usage_changes (organization_id, documents, storage_bytes)
  select organization_id, count(*), coalesce(sum(size_bytes), 0) from documents group by organization_id;

do $$
declare t text;
begin
  foreach t in array array['quotas', 'usage_changes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;

-- An organisation that is being deleted takes its documents along, and is not counted any more.
create function count_documents() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into usage_changes (organization_id, documents, storage_bytes)
      select organization_id, count(*), coalesce(sum(size_bytes), 0) from new_rows group by organization_id;
  else
    insert into usage_changes (organization_id, documents, storage_bytes)
      select organization_id, -count(*), -coalesce(sum(size_bytes), 0) from old_rows
      where exists (select from organizations where id = organization_id) group by organization_id;
  end if;
  return null;
end $$;
create trigger count_inserted after insert on documents referencing new table as new_rows
  for each statement execute function count_documents();
create trigger count_deleted after delete on documents referencing old table as old_rows
  for each statement execute function count_documents();

-- By row and only where a size changed: a run over unchanged documents does not come here.
create function count_resized() returns trigger language plpgsql as $$
begin
  insert into usage_changes (organization_id, documents, storage_bytes)
    values (new.organization_id, 0, coalesce(new.size_bytes, 0) - coalesce(old.size_bytes, 0));
  return null;
end $$;
create trigger count_resized after update of size_bytes on documents
  for each row when (old.size_bytes is distinct from new.size_bytes) execute function count_resized();
