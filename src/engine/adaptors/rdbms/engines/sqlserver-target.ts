/** What a connection to SQL Server says besides what every connection to a database says. */
import type { ConnectionDoc } from '../../../adaptor.ts'
import { readTarget, refuse, type Target } from '../target.ts'

/** The protocol that a version speaks; later ones speak the newest. */
const tdsVersions: Readonly<Record<string, string>> = { 'SQL Server 2008 R2': '7_3_B' }

export function readSqlServerTarget(connection: ConnectionDoc): Target {
  const { name, rdbms } = connection
  const { instanceName, port, version } = rdbms ?? {}
  if (instanceName?.trim() && !port)
    throw refuse(
      'configuration_missing',
      `The connection ${name} names the instance ${instanceName.slice(0, 100)} and no port: give the port that the instance listens at (rdbms.port). Nobody is asked for it.`,
    )
  const target = readTarget(connection, 1433)
  for (const [option, value] of target.settings)
    if (!/^[\w.+-]{1,100}$/.test(value))
      throw refuse('invalid_option', `The option ${option} of the connection ${name} has a value that is no word and no number.`)
  const tdsVersion = version && tdsVersions[version]
  return { ...target, own: { ...(tdsVersion && { tdsVersion }) } }
}
