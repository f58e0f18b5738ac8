/** HTTP: connections with credentials, exports that page through answers, imports that send records. */
import type { Adaptor, ConnectionAdaptor, FieldOf } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { readCredentials } from '../../outgoing/auth/credentials.ts'
import type { HttpPorts } from './connection-client.ts'
import { httpExport } from './export.ts'
import { httpImport } from './import.ts'
import { hasPing, pingHttp } from './ping.ts'

export const http = (ports: HttpPorts): Adaptor => ({
  connections: httpConnections(ports),
  source: httpExport(ports, fieldOfStep),
  sink: httpImport(ports, fieldOfStep),
})

const httpConnections = (ports: HttpPorts): ConnectionAdaptor => ({
  isFor: (connection) => connection.http !== undefined,
  fieldOf: (code) => fieldsOfConnection[code] ?? 'http.baseURI',
  async ready(connection, { accountId }) {
    refuseFields('connections', connection)
    await readCredentials(connection, { evaluate: (stage, caches) => ports.evaluator.stage(accountId, stage, caches), send: ports.send })
  },
  advise: ({ http }) => (http?.disableStrictSSL ? [{ field: 'http.disableStrictSSL', message: unchecked }] : []),
  hasPing,
  ping: (connection, run) => pingHttp(ports, connection, run),
})

const unchecked =
  'Certificates of the application are not checked: whoever is between it and this server can read and change what is sent, credentials as well. Where it has an authority of its own, give that in http.clientCertificates.ca instead.'

const fieldsOfConnection: Readonly<Record<string, string>> = {
  auth_type_unsupported: 'http.auth.type',
  selling_region_unknown: 'http.unencrypted.sellingRegion',
  private_key_invalid: 'http.auth.oauth.oauth1.consumerPrivateKey',
  invalid_jwt: 'http.auth.jwt',
}

const fields: Readonly<Record<string, string>> = {
  export_type_unsupported: 'type',
  file_name_missing: 'file.fileName',
  format_unsupported: 'file.type',
  file_option_unsupported: 'file',
  file_body_unsupported: 'http.body',
  file_method_unsupported: 'http.method',
  media_type_unsupported: 'http.requestMediaType',
  invalid_xml_path: 'parsers',
  lookup_unsupported: 'http.lookups',
  answer_paths_unsupported: 'http.response',
}
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'http'
