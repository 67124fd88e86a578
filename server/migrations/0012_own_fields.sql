-- Rows of the index hold the sources' own fields from here on, for filters. What was indexed before has no place for them: searches
-- read a new generation, which is built from the documents' records as soon as a worker runs.
select set_config('weft.organization_id', '*', true);

-- Rebuilds that were under way have written rows without them.
delete from reindexed_documents;
update reindexes set status = 'cancelled', ended_at = now() where status in ('pending', 'running');

create temporary table relaid on commit drop as
select id, organization_id,
  greatest(index_generation, (select max(generation) from reindexes where collection_id = collections.id)) as generation,
  exists (select from documents where collection_id = collections.id and version > 0) as has_documents
from collections where deleted_at is null;

update collections set index_generation = relaid.generation + 1 from relaid where collections.id = relaid.id;

insert into reindexes (id, organization_id, collection_id, status, generation)
select gen_random_uuid(), organization_id, id, 'pending', generation + 2 from relaid where has_documents;
