/** Wrappers: an application that functions on a stack of the account's own talk to. They ping it, fetch pages from it, and take pages for it. */
import { StepFailure, type Adaptor, type ConnectionDoc, type FieldOf } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { pingWrapper } from './ping.ts'
import { wrapperExport } from './export.ts'
import { wrapperImport } from './import.ts'
import type { WrapperPorts } from './function-call.ts'

const fields: Readonly<Record<string, string>> = { export_type_unsupported: 'type', configuration_missing: 'wrapper.function' }
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'wrapper'

export const wrapper = (ports: WrapperPorts): Adaptor => ({
  connections: {
    isFor: ({ type }) => type === 'wrapper',
    fieldOf: () => 'wrapper._stackId',
    async ready(connection) {
      refuseFields('connections', connection)
      mustHaveStack(connection)
    },
    hasPing: ({ wrapper: own }) => Boolean(own?.pingFunction?.trim()),
    ping: (connection, run) => pingWrapper(ports, connection, run),
  },
  source: wrapperExport(ports, fieldOfStep),
  sink: wrapperImport(ports, fieldOfStep),
})

function mustHaveStack(connection: ConnectionDoc): void {
  if (connection.wrapper?._stackId) return
  const message = 'The connection names no stack that serves its functions (wrapper._stackId).'
  throw new StepFailure({ source: 'connection', code: 'configuration_missing', message })
}
