-- What of a document's text is in no passage; null: indexed before this was noted.
alter table documents
  add column is_truncated boolean,
  add column hidden_characters integer check (hidden_characters >= 0);
