-- Documents of every type, and who refers to whom.

create table sluice.documents (
  account_id text collate "C" not null,
  collection text collate "C" not null,
  _id text collate "C" not null,
  -- What every read answers: secrets show as their mask, so the text goes out as it is.
  doc jsonb not null,
  -- The document's secrets, sealed as one text; null where it has none.
  secrets text,
  deleted_at timestamptz,
  -- The document whose deletion took this one along (itself, where it was asked for): what a restore brings back together.
  deleted_with text collate "C",
  primary key (account_id, collection, _id)
);

-- Flows and steps of one integration in an account of any size.
create index documents_by_integration on sluice.documents (account_id, collection, (doc ->> '_integrationId'), _id) where deleted_at is null;
create index documents_by_source on sluice.documents (account_id, collection, (doc ->> '_sourceId'), _id) where doc ? '_sourceId';
create index documents_deleted on sluice.documents (account_id, deleted_at) where deleted_at is not null;

-- One row for each reference a document holds. Written with the document, never alone.
create table sluice.edges (
  account_id text collate "C" not null,
  from_collection text collate "C" not null,
  from_id text collate "C" not null,
  -- Dotted path of the field, array positions included.
  path text collate "C" not null,
  to_collection text collate "C" not null,
  to_id text collate "C" not null,
  primary key (account_id, from_collection, from_id, path)
);
create index edges_to on sluice.edges (account_id, to_collection, to_id, from_collection, from_id);
