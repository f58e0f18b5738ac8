/** A stack: where code of the account's own runs, a server or an AWS Lambda function. The code itself is elsewhere. */
import { Type } from 'typebox'
import { objectId, secret } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { choice, descriptionBounds, optional, nameBounds, requireIf, object, text, texts } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'
import { awsRegions } from './step.ts'

const server = object('Server that runs the code. Required for type `server`.', {
  hostURI: text('Address that functions are called at, without `/function`.', { minLength: 1 }),
  ...optional({
    ipRanges: texts('Addresses that the server takes calls from, in CIDR notation. For people to read: the server has to see to it.'),
    systemToken: secret({
      readOnly: true,
      writeOnly: false,
      description: 'Token that calls to the server carry. Made with the stack, and shown by an operation of its own.',
    }),
  }),
})

const lambda = object('AWS Lambda function that runs the code. Required for type `lambda`.', {
  accessKeyId: text('Id of the access key of an AWS user who may invoke the function.', { minLength: 1 }),
  secretAccessKey: secret({ description: 'Secret of that access key.' }),
  awsRegion: choice(awsRegions, 'Region of the function.'),
  functionName: text('Name of the function, or its ARN.', { minLength: 1 }),
  ...optional({
    language: choice(['Node.js', 'C#', 'Java', 'Other'], 'Language that the function is written in.', { default: 'Node.js' }),
  }),
})

export const stack = defineResource({
  name: 'stack',
  model: 'Stack',
  collection: 'stacks',
  description: 'A stack: where code of your own runs, a server or an AWS Lambda function. Hooks and wrapper connections point at it.',
  body: Type.Object(
    {
      name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
      type: choice(['server', 'lambda'], 'Where the code runs. The block of the same name is required.'),
      ...optional({
        description: text('What its code does, at most 10,240 characters.', descriptionBounds),
        framework: choice(['twoDotZero'], 'Version of the frame that the code is written for.'),
        server,
        lambda,
      }),
    },
    requireIf({ field: 'type', is: ['server'], need: ['server'] }, { field: 'type', is: ['lambda'], need: ['lambda'] }),
  ),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the stack.' }),
    deletedAt,
  }),
  identity: ['_id', 'name', 'type'],
  filters: ['type', 'name'],
  keptWhileUsed: 'has_dependents',
  keptWhileInstalled: true,
})
