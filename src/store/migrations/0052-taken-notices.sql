-- Notices of which messages are being made: taken out of the notices in a transaction of their own, so that no page of a run waits until the messages are written.
create table sluice.taken_notices (
  env_id text collate "C" not null,
  kind text collate "C" not null,
  place_id text collate "C" not null,
  subject_id text collate "C" not null,
  num bigint not null,
  detail jsonb not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (env_id, kind, place_id, subject_id)
);
