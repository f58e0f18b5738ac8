/** Connections to databases through a JDBC driver, mostly on an agent. */
import { secret } from '../../kit.ts'
import { choice, list, optional, requireIf, number, object, pair, text, ifThenElse } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

const byWallet = { properties: { authType: { const: 'wallet' } }, required: ['authType'] }
const oracle = ifThenElse(byWallet, { required: ['wallet', 'serviceName'] }, { required: ['host'] })

export const jdbc = object(
  'A database with a JDBC driver. Required for type `jdbc`.',
  {
    type: choice(
      ['agent', 'netsuitejdbc', 'databricks', 'oracle:thin', 'sqlserver', 'activedirectory', 'db2', 'workday'],
      'Kind of database. `agent` takes any driver that an agent has. `agent` and `activedirectory` require `_agentId`.',
    ),
    ...optional({
      version: text('Version of the database.'),
      host: text('Name or address of the server.'),
      port: number('Port of the server. 389 for `activedirectory` by default.'),
      database: text('Name of the database.'),
      user: text('User name.'),
      password: secret({ description: 'Password.' }),
      serviceName: text('Name of the service, for Oracle.'),
      authType: choice(['customjdbc', 'wallet'], 'Whether a password or a wallet proves who asks, for Oracle.'),
      wallet: secret({ description: 'The wallet, for Oracle: a ZIP file in Base64.' }),
      driverPath: text('Where the agent finds the driver, for type `agent`.'),
      properties: list(pair('driver property'), 'Properties for the driver.'),
    }),
    ...concurrency(5),
  },
  requireIf(
    { field: 'type', is: ['db2'], need: ['host', 'user', 'password', 'database', 'port', 'properties'] },
    { field: 'type', is: ['oracle:thin'], need: ['user', 'password', 'authType'], also: oracle },
    { field: 'type', is: ['activedirectory'], need: ['host', 'user', 'properties'] },
    { field: 'type', is: ['netsuitejdbc'], need: ['host', 'user', 'properties'] },
    { field: 'type', is: ['agent'], need: ['host', 'driverPath'] },
    { field: 'type', is: ['workday'], need: ['host', 'user', 'password', 'properties'] },
    { field: 'type', is: ['databricks'], need: ['host'] },
  ),
)
