-- Who changed what. And every account has its production environment as a document, with the id of the account.

create table sluice.audit (
  account_id text collate "C" not null,
  _id text collate "C" not null,
  -- Where the document lies.
  env_id text collate "C" not null,
  at timestamptz not null,
  user_id text collate "C" not null,
  source text not null,
  event text not null,
  collection text collate "C" not null,
  resource_id text collate "C" not null,
  -- What the document was called then.
  name text,
  -- [{fieldPath, oldValue, newValue}], secrets masked.
  field_changes jsonb not null,
  primary key (account_id, _id)
);
create index audit_by_time on sluice.audit (account_id, at desc, _id desc);
create index audit_by_resource on sluice.audit (account_id, collection, resource_id, at desc, _id desc);

insert into sluice.documents (env_id, collection, _id, doc)
select _id, 'environments', _id, jsonb_build_object('_id', _id, 'name', 'Production', 'production', true,
  'createdAt', to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'lastModified', to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
from sluice.accounts;
