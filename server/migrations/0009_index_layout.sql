-- Rows of the index have another layout from here on. What was indexed before cannot be read any more: searches read a new
-- generation, which is built from the documents' records as soon as a worker runs.
with indexed as (
  select id, organization_id, index_generation from collections collection
  where deleted_at is null
    and exists (select from documents where documents.collection_id = collection.id and documents.version > 0)
), moved as (
  update collections set index_generation = indexed.index_generation + 1
  from indexed where collections.id = indexed.id
)
insert into reindexes (id, organization_id, collection_id, status, generation)
select gen_random_uuid(), organization_id, id, 'pending', index_generation + 2 from indexed
on conflict (collection_id) where status in ('pending', 'running') do nothing;
