-- How full the bucket of an account is: what its requests have put in, less what has run out since. Losing it in a crash is an empty bucket.

create unlogged table sluice.rate_limits (
  account_id text collate "C" primary key,
  level double precision not null,
  at timestamptz not null,
  -- Of the latest taking: how many requests it was granted.
  granted integer not null
);
