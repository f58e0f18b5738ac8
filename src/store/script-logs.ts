/** Lines that scripts wrote to their console. Few a script, so the newest are found and the others dropped in one go. */
import type { Client } from './database/pool.ts'
import { toStorable } from './database/storable-text.ts'
import type { ScriptLine, ScriptLogs } from '../domain/ports/scripts.ts'

export const scriptLogRows = (db: Client): ScriptLogs => ({
  async add(envId, scriptId, lines, keep) {
    await db.query(
      `insert into sluice.script_logs (env_id, script_id, at, level, function, message)
       select $1, $2, * from unnest($3::timestamptz[], $4::text[], $5::text[], $6::text[])`,
      [
        envId,
        scriptId,
        lines.map(({ time }) => time),
        lines.map(({ level }) => level),
        lines.map((line) => toStorable(line.function)),
        lines.map(({ message }) => toStorable(message)),
      ],
    )
    await db.query(
      `delete from sluice.script_logs where env_id = $1 and script_id = $2 and _id <= (
         select _id from sluice.script_logs where env_id = $1 and script_id = $2 order by _id desc offset $3 limit 1)`,
      [envId, scriptId, keep],
    )
  },

  async page(envId, scriptId, { level, after, until, limit }) {
    const { rows } = await db.query<Omit<ScriptLine, 'time'> & { at: Date }>(
      `select at, level, function, message from sluice.script_logs
       where env_id = $1 and script_id = $2 and ($3::text is null or level = $3)
         and ($4::timestamptz is null or at > $4) and ($5::timestamptz is null or at <= $5)
       order by _id desc limit $6`,
      [envId, scriptId, level ?? null, after ?? null, until ?? null, limit],
    )
    return rows.map(({ at, ...line }) => ({ time: at.toISOString(), ...line }))
  },
})
