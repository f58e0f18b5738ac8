-- A flow's schedules name no minute before this one: until then nobody has to look at the flow. Null where that is not known. What changes the flow takes
-- it away, in this version and in older ones.

alter table sluice.documents add column not_due_before timestamptz;

create function sluice.forget_due_time() returns trigger language plpgsql as $$
begin
  new.not_due_before := null;
  return new;
end $$;
create trigger forget_due_time before update of doc on sluice.documents for each row
  when (old.not_due_before is not null and new.doc is distinct from old.doc) execute function sluice.forget_due_time();
