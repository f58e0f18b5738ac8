/** What of a connection is said of its certificates. */
import type { ConnectionDoc } from '../../adaptor.ts'
import type { TlsIdentity } from '../agents.ts'
import type { Http } from './sign-in.ts'

/** Certificates stand in `http.clientCertificates`, or in `ssl` as with other kinds of connections. */
export function readTls(
  { ssl }: ConnectionDoc,
  { disableStrictSSL, clientCertificates }: Pick<Http, 'disableStrictSSL' | 'clientCertificates'> = {},
): TlsIdentity | undefined {
  if (!disableStrictSSL && !clientCertificates && !ssl) return undefined
  // Field by field: an option that nobody thought of, such as the path of a socket, would lead past the guard.
  const { cert, key, ca, passphrase, pfx } = { ...ssl, ...clientCertificates }
  return {
    ...(disableStrictSSL && { rejectUnauthorized: false }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(ca !== undefined && { ca }),
    ...(passphrase !== undefined && { passphrase }),
    ...(pfx !== undefined && { pfx }),
  }
}
