/** Connections to relational databases. What each kind of database needs is said at the end. */
import { Type } from 'typebox'
import { ref, secret } from '../../kit.ts'
import { choice, flag, list, optional, requireIf, number, object, text, ifThenElse, blockHasField } from '../../shared/schema-helpers.ts'
import { aws } from './dynamodb.ts'
import { concurrency, ssl } from './parts.ts'

const kinds = ['mysql', 'postgresql', 'mssql', 'snowflake', 'oracle', 'bigquery', 'redshift', 'mariadb', 'azuresynapse'] as const
const versions = ['SQL Server 2008 R2', 'SQL Server 2012', 'SQL Server 2014', 'SQL Server 2016', 'SQL Server 2017', 'Azure'] as const
const redshiftRegions = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'eu-central-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'sa-east-1',
  'ca-central-1',
] as const

const snowflake = object('What only Snowflake needs.', {
  authType: choice(['keyPair', 'basic'], 'Whether a key or a password proves who asks. `basic` is out of use.'),
  ...optional({
    warehouse: text('Warehouse that runs the statements.'),
    schema: text('Schema of names without one.'),
    role: text('Role to act in.'),
  }),
})

const bigquery = object(
  'What only BigQuery needs.',
  optional({
    projectId: text('Id of the project.'),
    dataset: text('Dataset of names without one.'),
    clientEmail: text('E-mail address of the service account.', { format: 'email' }),
    privateKey: secret({ description: 'Private key of the service account, in PEM.' }),
  }),
)

const redshift = object(
  'What only Redshift needs.',
  optional({ aws, clusterIdentifier: text('Name of the cluster.'), region: choice(redshiftRegions, 'Region of the cluster.') }),
)

const sqlServer = ifThenElse(
  blockHasField('mssql', 'authType', ['azure-service-principal']),
  { required: ['_iClientId'] },
  { required: ['user', 'password'] },
)
const snowflakeProof = ifThenElse(blockHasField('snowflake', 'authType', ['keyPair']), { required: ['key'] }, { required: ['password'] })

export const rdbms = object(
  'A relational database. Required for type `rdbms`.',
  {
    type: choice(kinds, 'Kind of database.'),
    ...optional({
      host: text('Name or address of the server; for Snowflake, of the account.'),
      port: number('Port of the server. The usual one of the database by default.', { minimum: 1, maximum: 65535 }),
      database: text('Name of the database.'),
      instanceName: text('Name of the instance, for SQL Server.'),
      user: text('User name.'),
      password: secret({ description: 'Password.' }),
      version: choice(versions, 'Version, for SQL Server.'),
      serviceName: text('Name of the service, for Oracle.'),
      serverType: choice(['dedicated', 'shared', 'pooled'], 'How the server shares its processes among clients, for Oracle.'),
    }),
    ...concurrency(5),
    ...optional({
      disableStrictSSL: flag('True accepts certificates that cannot be verified.', { default: false }),
      snowflake,
      mssql: object(
        'What only SQL Server needs.',
        optional({
          authType: choice(['basic', 'azure-service-principal'], 'Whether a password or a service principal of Azure proves who asks.', {
            default: 'basic',
          }),
        }),
      ),
      bigquery,
      redshift,
      ssl: ssl('the database'),
      options: list(Type.Object({ name: text('Name of the option.'), value: text('Its value.') }), 'Options for the driver.'),
      key: secret({ description: 'Private key in PEM, for Snowflake with `keyPair`.' }),
      passphrase: secret({ description: 'Opens the private key.' }),
      _iClientId: ref('iclients', { description: 'Client document that holds the service principal.' }),
    }),
  },
  requireIf(
    { field: 'type', is: ['mysql', 'postgresql', 'mariadb', 'azuresynapse'], need: ['host', 'database', 'user', 'password'] },
    { field: 'type', is: ['mssql'], need: ['host', 'database'], also: sqlServer },
    { field: 'type', is: ['snowflake'], need: ['host', 'database', 'user'], also: snowflakeProof },
    { field: 'type', is: ['oracle'], need: ['host', 'user', 'password'] },
    {
      field: 'type',
      is: ['bigquery'],
      need: ['bigquery'],
      also: { properties: { bigquery: { required: ['projectId', 'dataset', 'clientEmail', 'privateKey'] } } },
    },
    {
      field: 'type',
      is: ['redshift'],
      need: ['database', 'redshift'],
      also: { properties: { redshift: { required: ['aws', 'region'] } } },
    },
  ),
)
