-- Entries of lookup caches. How many bytes they take is kept in the cache's document.

create table sluice.lookup_cache_data (
  account_id text collate "C" not null,
  cache_id text collate "C" not null,
  key text collate "C" not null,
  -- JSON as it goes out again; text, because nothing here looks into it and its length is known without reading it.
  value text not null,
  primary key (account_id, cache_id, key)
);
