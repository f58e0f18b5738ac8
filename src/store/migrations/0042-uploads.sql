-- Files that were sent to exports of the type simple: their bytes are blobs.
create table sluice.uploads (
  env_id text collate "C" not null,
  export_id text collate "C" not null,
  key text collate "C" not null,
  is_complete boolean not null default false,
  primary key (env_id, export_id, key)
);
create index uploads_by_key on sluice.uploads (env_id, key);
