-- Who may use Sluice. Every other table's key begins with account_id, so that the schema can be spread by it.

create table sluice.accounts (
  _id text collate "C" primary key,
  name text not null,
  created_at timestamptz not null default now()
);

create table sluice.users (
  _id text collate "C" primary key,
  email text not null,
  name text not null,
  created_at timestamptz not null default now()
);
-- Addresses differ by more than case.
create unique index users_by_email on sluice.users (lower(email));

create table sluice.tokens (
  account_id text collate "C" not null references sluice.accounts (_id),
  _id text collate "C" not null,
  user_id text collate "C" not null references sluice.users (_id),
  name text not null,
  -- Of the token; the token itself is shown once and kept nowhere.
  hash bytea not null unique,
  scope text not null default '*',
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (account_id, _id)
);

-- What the installation remembers of itself, beside all accounts.
create table sluice.settings (
  key text collate "C" primary key,
  value jsonb not null
);
