/** The fields of wrapper connections, and of the exports and imports over them. */
import { carried, kept, only, type Field } from './field.ts'

const by = 'engine/wrappers.test.ts'

export const wrapperConnections: readonly Field[] = [
  ...only(
    'wrapper',
    carried(by, 'wrapper._stackId', 'wrapper.pingFunction', 'wrapper.encrypted', 'wrapper.unencrypted.**', 'wrapper.concurrencyLevel'),
    carried(by, 'wrapper.targetConcurrencyLevel'),
    kept(
      'Tells clients which form people edit it in, and what it was made from.',
      'wrapper.encryptedFields[].**',
      'wrapper.unencryptedFields[].**',
    ),
  ),
]

export const wrapperExports: readonly Field[] = only('Wrapper', carried(by, 'wrapper.function', 'wrapper.configuration'))

export const wrapperImports: readonly Field[] = only(
  'Wrapper',
  carried(by, 'wrapper.function', 'wrapper.configuration', 'wrapper.lookups[]'),
)
