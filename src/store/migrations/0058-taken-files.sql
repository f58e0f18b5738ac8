-- Files that exports have read and left where they are: each is read once.
create table sluice.taken_files (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  export_id text collate "C" not null,
  folder text collate "C" not null,
  name text collate "C" not null,
  -- What tells a file that was written anew.
  print text collate "C" not null,
  -- When a run last found it there; to the day.
  seen_at timestamptz not null,
  primary key (env_id, flow_id, export_id, folder, name)
);
