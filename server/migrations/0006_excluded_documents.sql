-- Set by a person: the document is not searchable and not indexed, whatever its source gives.
alter table documents add column excluded_at timestamptz;
