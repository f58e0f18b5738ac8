-- Control numbers of interchanges of EDI, the last one that was given: counted by EDI profile, or by the export where that has none.
create table sluice.control_numbers (
  env_id text collate "C" not null,
  owner_id text collate "C" not null,
  last_number integer not null,
  primary key (env_id, owner_id)
) with (fillfactor = 70); -- rewritten with every number: room for updates in place
