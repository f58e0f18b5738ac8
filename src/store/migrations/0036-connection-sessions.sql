-- What connections obtained by signing in: tokens and cookies, sealed. Apart from the documents, so no read, copy, revision or file of one holds any.
create table sluice.connection_sessions (
  env_id text collate "C" not null,
  connection_id text collate "C" not null,
  -- Null until somebody has signed in.
  sealed text,
  -- One more with each that is kept.
  version bigint not null default 0,
  -- Who signs in at the moment, and until when nobody else does.
  holder text,
  held_until timestamptz,
  -- When the application could not be told that the connection is gone. Nobody tries again.
  left_at timestamptz,
  primary key (env_id, connection_id)
);

-- People who are on their way to an application, to agree there. Found by the digest of their `state`.
create table sluice.authorizations (
  state text collate "C" not null primary key,
  env_id text collate "C" not null,
  connection_id text collate "C" not null,
  user_id text collate "C" not null,
  sealed text not null,
  ends_at timestamptz not null
);
create index authorizations_by_end on sluice.authorizations (ends_at);
create index authorizations_of_connection on sluice.authorizations (env_id, connection_id);
