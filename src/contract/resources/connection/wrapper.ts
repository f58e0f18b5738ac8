/** Connections to an application that a stack of your own talks to. */
import { ref } from '../../kit.ts'
import { optional, object, text } from '../../shared/schema-helpers.ts'
import { concurrency, encrypted, typedEncryptedFields, unencrypted, unencryptedFields } from './parts.ts'

export const wrapper = object('An application behind a stack. Required for type `wrapper`.', {
  ...optional({
    pingFunction: text('Function of the stack that shows whether the connection works.'),
    unencrypted,
    unencryptedFields,
    encrypted,
    encryptedFields: typedEncryptedFields,
    _stackId: ref('stacks', { description: 'Stack that serves the functions.' }),
  }),
  ...concurrency(5),
})
