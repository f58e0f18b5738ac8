/** Which key the secrets of this database are sealed with: its name, never the key. */
import type { Client } from './pool.ts'

/** The name of the current key; undefined before the first start. */
export async function knownKey(db: Client): Promise<string | undefined> {
  const { rows } = await db.query<{ key: string }>(`select value #>> '{}' as key from sluice.settings where key = 'encryption-key'`)
  return rows[0]?.key
}

/** Notes the first of `keyIds` as the current key. Answers the noted one where `keyIds` does not hold it, and changes nothing then. */
export async function rememberKey(db: Client, keyIds: readonly string[]): Promise<string | undefined> {
  const { rows } = await db.query<{ key: string }>(
    `insert into sluice.settings as s (key, value) values ('encryption-key', to_jsonb($1::text))
     on conflict (key) do update set value = case when s.value #>> '{}' = any($2::text[]) then excluded.value else s.value end
     returning value #>> '{}' as key`,
    [keyIds[0], keyIds],
  )
  const key = rows[0]?.key
  return key === keyIds[0] ? undefined : key
}
