/** What a connection to Oracle says besides what every connection to a database says. */
import type { ConnectionDoc } from '../../../../adaptor.ts'
import { readManner, refuse, type Target } from '../../target.ts'

/** What a name within a description of a connection may have: no brackets, which would say more. */
const isName = (text: string): boolean => /^[\w.$#-]{1,128}$/.test(text)

export function readOracleTarget(connection: ConnectionDoc): Target {
  const { name, rdbms } = connection
  const { host, port = 1521, database = '', user, password = '', serviceName, serverType } = rdbms ?? {}
  const service = serviceName?.trim() ?? ''
  if (!host || !user || (service === '' && database === ''))
    throw refuse(
      'configuration_missing',
      `The connection ${name} does not say its host, its user, and its service (rdbms.serviceName) or database.`,
    )
  for (const [field, said] of [
    ['rdbms.serviceName', service],
    ['rdbms.database', database],
  ] as const)
    if (said !== '' && !isName(said))
      throw refuse('configuration_missing', `${field} of the connection ${name} is no name: letters, digits, dots, _, $, # and - are.`)
  const manner = readManner(connection)
  const { mode, ca, key } = manner.tls
  if (ca && !key)
    throw refuse(
      'invalid_option',
      `The connection ${name} has ssl.ca and no ssl.cert and ssl.key: the driver of Oracle takes the three together. Where the database asks for no certificate, start this server with NODE_EXTRA_CA_CERTS instead.`,
    )
  if (mode === 'require')
    throw refuse(
      'invalid_option',
      `The connection ${name} cannot be encrypted without verifying who answers: the driver of Oracle always does. Give it sslmode verify-ca or verify-full, and the authority in ssl.ca.`,
    )
  for (const [option, value] of manner.settings)
    if (!/^\w+$/.test(option) || !/^[\w.+-]{1,100}$/.test(value) || /^nls_|^time_zone$/i.test(option))
      throw refuse(
        'invalid_option',
        `The option ${option} of the connection ${name} is none of a session of Oracle, or one that records depend on.`,
      )
  return { host, port, database, user, password, ...manner, own: { ...(service !== '' && { service }), ...(serverType && { serverType }) } }
}

/** As listeners read it. `at` is where the driver connects to. */
export function describeTarget({ database, connectMs, own = {} }: Target, at: { host: string; port: number; encrypts: boolean }): string {
  const { service, serverType } = own
  const named = service === undefined ? `(SID=${database})` : `(SERVICE_NAME=${service})`
  const server = serverType === undefined ? '' : `(SERVER=${serverType})`
  const protocol = at.encrypts ? 'tcps' : 'tcp'
  return `(DESCRIPTION=(RETRY_COUNT=0)(TRANSPORT_CONNECT_TIMEOUT=${Math.ceil(connectMs / 1000)})(ADDRESS=(PROTOCOL=${protocol})(HOST=${at.host})(PORT=${at.port}))(CONNECT_DATA=${named}${server}))`
}
