-- Accounts that are shared with users. Who has the address is the user: an invitation may come before them.

create table sluice.ashares (
  account_id text collate "C" not null references sluice.accounts (_id),
  _id text collate "C" not null,
  -- As invited.
  email text not null,
  -- How far, and where it stands.
  doc jsonb not null,
  last_sign_in timestamptz,
  primary key (account_id, _id)
);
create unique index ashares_by_email on sluice.ashares (account_id, lower(email));
create index ashares_of_user on sluice.ashares (lower(email), _id);
