/** Connections to MongoDB. */
import { secret } from '../../kit.ts'
import { flag, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

export const mongodb = object('A MongoDB deployment. Required for type `mongodb`.', {
  host: texts('Servers as `name:port`, at least one.', { minItems: 1 }),
  username: text('User name.'),
  password: secret({ description: 'Password.' }),
  ...optional({
    database: text('Name of the database.'),
    replicaSet: text('Name of the replica set.'),
    ssl: flag('True connects over TLS.', { default: false }),
    authSource: text('Database that holds the user.'),
  }),
  ...concurrency(5),
})
