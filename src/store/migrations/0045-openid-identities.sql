-- Who a user is to an OpenID provider, from the first time that they came from there: one person there is one user here.
create table sluice.user_identities (
  issuer text collate "C" not null,
  subject text collate "C" not null,
  user_id text collate "C" not null,
  linked_at timestamptz not null,
  primary key (issuer, subject),
  unique (user_id, issuer)
);
-- Sessions end a while after they began, however much they are used.
create index user_sessions_by_age on sluice.user_sessions (created_at);
