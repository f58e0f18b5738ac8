-- Bytes that are too large for a row, in parts: what imports gather of a run until its file is written, and files on their way from one step to another.
create table sluice.blobs (
  env_id text collate "C" not null,
  key text collate "C" not null,
  file_name text,
  bytes bigint not null default 0,
  parts int not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (env_id, key)
);
create index blobs_by_end on sluice.blobs (expires_at);

create table sluice.blob_parts (
  env_id text collate "C" not null,
  key text collate "C" not null,
  -- From 1.
  part int not null,
  content bytea not null,
  primary key (env_id, key, part)
);
-- Packing them again takes longer than writing them.
alter table sluice.blob_parts alter column content set storage external;

-- Files that imports put together of the records of a run: their content is the blob, a record a line.
create table sluice.gathered_files (
  env_id text collate "C" not null,
  key text collate "C" not null,
  flow_id text collate "C" not null,
  job_id text collate "C" not null,
  step_id text collate "C" not null,
  -- The order of those of a step.
  number int not null,
  records bigint not null,
  -- Where it goes and what it is called.
  target jsonb not null,
  -- How often it was written again by itself.
  retries int not null default 0,
  -- It waits for somebody, who finds it by an error of its step.
  is_held boolean not null default false,
  primary key (env_id, key)
);
create index gathered_files_of_run on sluice.gathered_files (env_id, job_id, number);
create index gathered_files_on_their_way on sluice.gathered_files (env_id, job_id) where not is_held;
