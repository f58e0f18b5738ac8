-- Documents that are gone for good leave rows behind: runs, errors, entries. What is still to be removed stands here, so that it is done in small steps.

create table sluice.purges (
  env_id text collate "C" not null,
  collection text collate "C" not null,
  _id text collate "C" not null,
  primary key (env_id, collection, _id)
);
-- Documents of every environment whose time in the recycle bin is over.
create index documents_deleted_at on sluice.documents (deleted_at) where deleted_at is not null;
-- What a deletion took along.
create index documents_deleted_with on sluice.documents (env_id, deleted_with) where deleted_at is not null;
