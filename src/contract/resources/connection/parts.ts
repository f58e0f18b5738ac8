/** What connections to different applications have alike. */
import { Type } from 'typebox'
import { secret } from '../../kit.ts'
import { flag, anyObject, list, optional, number, object, pair, text, texts } from '../../shared/schema-helpers.ts'

/** Requests at a time. `preset` is what holds where nothing is said. */
export const concurrency = (preset?: number, maximum = 50) =>
  optional({
    concurrencyLevel: number(`Requests that may run at the same time, from 1 to ${maximum}.`, {
      minimum: 1,
      maximum,
      ...(preset !== undefined && { default: preset }),
    }),
    targetConcurrencyLevel: number(
      'Requests at the same time to return to, step by step, once the application no longer says that there are too many.',
      { minimum: 1, maximum },
    ),
  })

/** Free credentials, kept whole: sealed at rest like every other secret. */
export const encrypted = Type.Unsafe<Record<string, unknown> | string>({
  type: ['object', 'string'],
  additionalProperties: true,
  writeOnly: true,
  'x-secret': true,
  description: 'Credentials of your own, read by templates as `connection.<block>.encrypted`. Sealed as a whole.',
})
export const unencrypted = anyObject('Values of your own that are no secret, such as an account name. Templates read them.')

const formField = optional({
  id: text('Key of the value.'),
  label: text('What people see beside it.'),
  required: flag('True refuses a form in which it is empty.', { default: false }),
  position: number('Place among the fields, counted from 1.'),
  helpText: text('A longer explanation, shown on request.'),
})
const typedFormField = { ...formField, ...optional({ type: text('Kind of input that a form shows.') }) }
const asks = (of: string): string => `How a form asks for the values of \`${of}\`.`
export const encryptedFields = list(Type.Object(formField), asks('encrypted'))
export const typedEncryptedFields = list(Type.Object(typedFormField), asks('encrypted'))
export const unencryptedFields = list(Type.Object(typedFormField), asks('unencrypted'))

export const templatedHeader = pair('header', 'Its value. Handlebars.')
export const plainHeader = pair('header')
/** A header that is sent with every request: half of one is a mistake. */
export const wholeHeader = Type.Object({ name: text('Name of the header.'), value: text('Its value. Handlebars.') })

export const ssl = (of: string) =>
  object(
    `Certificates for an encrypted connection to ${of}.`,
    optional({
      ca: secret({ description: 'Certificate of the authority to trust, in PEM.' }),
      key: secret({ description: 'Private key of the client, in PEM.' }),
      passphrase: secret({ description: 'Opens the private key.' }),
      cert: secret({ description: 'Certificate of the client, in PEM.' }),
    }),
  )

export const rateLimit = object(
  'How this application says that there are too many requests, and how many it takes.',
  optional({
    failStatusCode: number('Status that means too many requests.', { default: 429 }),
    failPath: text('Path in the answer to look at, where the status does not tell.'),
    failValues: texts('Values at that path that mean too many requests.'),
    limit: number(
      'Milliseconds between one request and the next, for applications that do not say when there are too many: requests then follow each other.',
      { minimum: 1 },
    ),
  }),
)

/** Its fields are not all known, so whatever else is sent is kept as a secret: a key must not lie open because it has an unexpected name. */
export const pgp = object(
  'Keys for files that are encrypted or signed with PGP.',
  optional({
    publicKey: text('Public key of the receiver, for encrypting. Armoured.'),
    privateKey: secret({ description: 'Private key, for decrypting. Armoured.' }),
    passphrase: secret({ description: 'Opens the private key.' }),
    compressionAlgorithm: text('How content is packed before it is encrypted: `zip`, `zlib` or `bzip2`.'),
    asciiArmored: flag('True writes encrypted files as text.'),
  }),
  { additionalProperties: { writeOnly: true, 'x-secret': true, description: 'Anything else is kept as a secret.' } },
)
