-- Policies ask for the organisation in a subquery, which PostgreSQL answers once a statement and not once a row.
do $$
declare t text;
begin
  foreach t in array array['memberships', 'api_keys', 'collections', 'source_connections', 'syncs', 'sync_jobs', 'documents', 'index_drops', 'pushed_documents'] loop
    execute format($p$alter policy organization on %I using ((select current_organization()) = '*' or organization_id::text = (select current_organization()))$p$, t);
  end loop;
  execute $p$alter policy organization on organizations using ((select current_organization()) = '*' or id::text = (select current_organization()))$p$;
end $$;
