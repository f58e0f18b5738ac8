-- What open errors say, by pieces of four characters at every second place, in whatever case: a part of a message is found among a million without looking at
-- each. The keys of the pieces are those of one step, so that what is common in one slows down no other. pg_trgm, which does the like, is not there on every
-- PostgreSQL, and knows no steps.
create function sluice.message_keys(env_id text, flow_id text, step_id text, message text) returns bigint[]
language plpgsql immutable parallel safe cost 10000 as $$
declare
  lowered text := lower(message collate pg_catalog."default");
  seed bigint := hashtextextended(env_id || ' ' || flow_id || ' ' || step_id collate "C", 0);
  keys bigint[] := '{}';
begin
  for place in 1 .. length(lowered) - 3 by 2 loop
    keys := keys || hashtextextended(substr(lowered, place, 4) collate "C", seed);
  end loop;
  return keys;
end
$$;
-- Writers of errors wait while those that are open are indexed.
create index flow_errors_open_by_message on sluice.flow_errors using gin (sluice.message_keys(env_id, flow_id, step_id, message)) where resolved_at is null;
-- Statistics would make an analysis of the table look at all of the messages again, and nothing reads them.
alter index sluice.flow_errors_open_by_message alter column 1 set statistics 0;
