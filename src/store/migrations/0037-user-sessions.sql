-- Users who sign in as people: passwords, sessions of browsers, links that set a first password, and who somebody is elsewhere.
create table sluice.passwords (
  user_id text collate "C" primary key,
  -- A hash of argon2id, sealed.
  sealed text not null,
  set_at timestamptz not null,
  -- Addresses that they signed in from last.
  sources text[] not null default '{}'
);

create table sluice.user_sessions (
  -- SHA-256 of what the cookie holds.
  hash bytea primary key,
  _id text collate "C" not null unique,
  user_id text collate "C" not null,
  -- Of the access token that was signed in with, whose rights and end are the session's; null where the user signed in themselves.
  token_hash bytea,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  -- The address that it began from.
  source text not null,
  user_agent text
);
create index user_sessions_of_user on sluice.user_sessions (user_id, seen_at desc);
create index user_sessions_by_use on sluice.user_sessions (seen_at);

create table sluice.password_links (
  hash bytea primary key,
  user_id text collate "C" not null,
  ends_at timestamptz not null
);

-- Who a user is to an OpenID provider, from the first time that they came from there.
create table sluice.user_identities (
  issuer text collate "C" not null,
  subject text collate "C" not null,
  user_id text collate "C" not null,
  primary key (issuer, subject)
);
