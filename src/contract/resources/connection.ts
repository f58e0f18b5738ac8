/** A connection: one account in one application, with its credentials. It knows how to reach it, not what to fetch there. */
import { Type } from 'typebox'
import { dateTime, link, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Form } from '../shared/form.ts'
import type { Settings } from '../shared/settings.ts'
import { choice, flag, optional, requireIf, text, ifThenElse, blockHasField } from '../shared/schema-helpers.ts'
import { answered } from './connection/answered.ts'
import { as2 } from './connection/as2.ts'
import { dynamodb } from './connection/dynamodb.ts'
import { filesystem } from './connection/filesystem.ts'
import { ftp } from './connection/ftp.ts'
import { http } from './connection/http.ts'
import { jdbc } from './connection/jdbc.ts'
import { mcp } from './connection/mcp.ts'
import { mongodb } from './connection/mongodb.ts'
import { netsuite } from './connection/netsuite.ts'
import { pgp, ssl } from './connection/parts.ts'
import { rdbms } from './connection/rdbms.ts'
import { rest } from './connection/rest.ts'
import { s3 } from './connection/s3.ts'
import { salesforce } from './connection/salesforce.ts'
import { van } from './connection/van.ts'
import { wrapper } from './connection/wrapper.ts'

const types = [
  'netsuite',
  'salesforce',
  'ftp',
  's3',
  'wrapper',
  'http',
  'rdbms',
  'mongodb',
  'as2',
  'filesystem',
  'mcp',
  'dynamodb',
  'jdbc',
  'van',
  'rest',
] as const

/** Two kinds of JDBC connection are only reached through an agent. */
const jdbcByAgent = ifThenElse(blockHasField('jdbc', 'type', ['agent', 'activedirectory']), { required: ['_agentId'] })

/** Every type requires the block of its own name. */
const blocks = types.map((type) => ({
  field: 'type',
  is: [type],
  need: [type],
  ...(type === 'jdbc' && { also: jdbcByAgent }),
}))

export const connection = defineResource({
  name: 'connection',
  model: 'Connection',
  collection: 'connections',
  description: 'A connection: one account in one application, and how to reach it.',
  body: Type.Object(
    {
      name: text('What people call it, at most 100 characters. Need not be unique.', { minLength: 1, maxLength: 100 }),
      type: choice(types, 'What it connects to. The block of the same name is required.'),
      ...optional({
        externalId: text('Name of your own for it, under which other systems know it.'),
        assistant: text('Prepared form that the connection was made with, by the name of the application.'),
        _agentId: ref('agents', { description: 'Agent within a private network that requests go through.' }),
        _borrowConcurrencyFromConnectionId: ref('connections', {
          description: 'Connection whose limit of requests at the same time this one shares. Its own levels are not used then.',
        }),
        autoRecoverRateLimitErrors: flag(
          'True lowers the requests at the same time once the application says that there are too many, and comes back to `targetConcurrencyLevel` step by step.',
        ),
        debugDate: dateTime({ description: 'Requests and answers are recorded until this time, in UTC.' }),
        settingsForm: link<Form>('Form', { description: 'Form for entering `settings`.' }),
        settings: link<Settings>('Settings', { description: 'Values of your own that scripts and templates read.' }),
        pgp,
        ssl: ssl('the application'),
        netsuite,
        salesforce,
        ftp,
        s3,
        http,
        rdbms,
        mongodb,
        as2,
        filesystem,
        dynamodb,
        jdbc,
        van,
        mcp,
        wrapper,
        rest,
      }),
    },
    requireIf(...blocks),
  ),
  answered,
  ignorable: [
    'name',
    'externalId',
    'settings',
    'settingsForm',
    'http.baseURI',
    'http.headers',
    'http.concurrencyLevel',
    'http.rateLimit',
    'rdbms.host',
    'rdbms.port',
    'rdbms.database',
    'rdbms.concurrencyLevel',
    'ftp.hostURI',
    'ftp.port',
    'ftp.concurrencyLevel',
  ],
  identity: ['_id', 'name', 'type'],
  filters: ['type', '_integrationId', 'offline', 'name', 'externalId'],
  unversioned: ['debugDate'],
})
