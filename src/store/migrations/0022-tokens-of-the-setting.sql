-- The owner's token as the settings name it, and the one that is printed where they name none: one takes the place of the other. Tokens that
-- somebody made under one of these names are none of them.
alter table sluice.tokens add column of_setting boolean not null default false;
update sluice.tokens set of_setting = true
  where name in ('first token', 'SLUICE_TOKEN') and last_modified is null and env_id = account_id
    and account_id = (select _id from sluice.accounts order by created_at, _id limit 1);
