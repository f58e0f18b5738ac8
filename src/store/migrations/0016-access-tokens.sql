-- Access tokens that users make themselves: for some documents only, with an end, and through a share into an account that is not theirs.

alter table sluice.tokens add column description text;
-- Ids of documents by the field that lists them; null where the token may do everything that its user may do.
alter table sluice.tokens add column scopes jsonb;
alter table sluice.tokens add column auto_purge_at timestamptz;
alter table sluice.tokens add column last_modified timestamptz;
-- The share, where the account is not its user's own.
alter table sluice.tokens add column ashare_id text collate "C";
create index tokens_ending on sluice.tokens (auto_purge_at) where auto_purge_at is not null;
create index tokens_of_share on sluice.tokens (account_id, ashare_id) where ashare_id is not null;
