-- Rows of every organisation are read and changed here, also where the user that migrates is bound by their policies.
select set_config('weft.organization_id', '*', true);

-- Who belongs to which group, as each source says. A load writes a new generation beside the one in force, and then puts it in force.
create table membership_loads (
  source_connection_id uuid primary key references source_connections on delete cascade,
  organization_id uuid not null references organizations on delete cascade,
  last_generation bigint not null default 0,   -- the newest that was begun
  generation bigint,                           -- what is in force; null: not known, and restricted documents are shown to nobody
  membership_count integer not null default 0, -- of the generation in force
  loaded_at timestamptz,                       -- when that was loaded
  error text,                                  -- why the last try failed
  failed_at timestamptz
);
create index membership_loads_organization on membership_loads (organization_id);

create table group_memberships (
  organization_id uuid not null references organizations on delete cascade,
  source_connection_id uuid not null references source_connections on delete cascade,
  generation bigint not null,
  member text collate "C" not null,            -- user:anna@example.com, group:sales: labels of the source, addresses in lower case
  member_of text collate "C" not null,         -- group:sales
  primary key (source_connection_id, generation, member, member_of)
);
create index group_memberships_organization on group_memberships (organization_id);

do $$
declare t text;
begin
  foreach t in array array['membership_loads', 'group_memberships'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
end $$;

-- Labels of groups are qualified by their connection from here on, and addresses are in lower case. Rows of an index that was made
-- before open nothing to a group's members until the collection's index has been built anew from these columns.
create temporary table relabelled on commit drop as
select document.id, document.collection_id,
  (select jsonb_agg(
     case when viewer like 'group:%' then 'group:' || document.source_connection_id || '/' || substr(viewer, 7)
          when viewer like 'user:%@%' then lower(viewer)
          else viewer end order by place)
   from jsonb_array_elements_text(document.access -> 'viewers') with ordinality as one (viewer, place)) as viewers
from documents document
where jsonb_typeof(document.access -> 'viewers') = 'array' and exists (
  select from jsonb_array_elements_text(document.access -> 'viewers') as one (viewer)
  where viewer like 'group:%' or (viewer like 'user:%@%' and viewer <> lower(viewer)));

update documents set access = jsonb_set(access, '{viewers}', relabelled.viewers), entity_hash = null
from relabelled where documents.id = relabelled.id;

-- What a rebuild under way has written so far has the old labels: it is begun anew.
with stopped as (
  update reindexes set status = 'cancelled', ended_at = now()
  where status in ('pending', 'running') and attempts > 0 and collection_id in (select collection_id from relabelled)
  returning id
) delete from reindexed_documents where reindex_id in (select id from stopped);

insert into reindexes (id, organization_id, collection_id, status, generation)
select gen_random_uuid(), organization_id, id, 'pending',
  1 + greatest(index_generation, (select max(generation) from reindexes where collection_id = collections.id))
from collections
where deleted_at is null and id in (select collection_id from relabelled)
on conflict (collection_id) where status in ('pending', 'running') do nothing;
