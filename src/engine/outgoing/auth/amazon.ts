/**
 * The Selling Partner API of Amazon: the access token has a header of its own. Where the connection holds an access key of AWS, requests are signed with it as
 * well, in the region of the seller; Amazon has not asked for that since October 2023.
 */
import { StepFailure } from '../../adaptor.ts'
import { isObject } from '../../../contract/walk.ts'
import { awsHeaders, signForAws, type AwsKey } from '../../values/aws-signature.ts'
import type { HttpRequest, Proof } from '../message.ts'
import { withWholeBody } from '../streamed-body.ts'
import type { Auth, Http } from './sign-in.ts'
import { withHeader } from './with-header.ts'

/** By `sellingRegion`. */
const regions: Readonly<Record<string, string>> = { northAmerica: 'us-east-1', europe: 'eu-west-1', farEast: 'us-west-2' }

/** Unless the connection names a header for its token. */
export function atAmazon({ type }: Http, auth: Auth): Auth {
  const { token } = auth
  if (!type || token?.headerName || (token?.location !== undefined && token.location !== 'header')) return auth
  return { ...auth, token: { ...token, headerName: 'x-amz-access-token', scheme: '' } }
}

/** `encrypted` is that of the connection, opened. */
export function withAmazonSignature({ type, unencrypted }: Http, encrypted: unknown, proof: Proof | undefined): Proof | undefined {
  const key = type && findKey(encrypted)
  if (!key) return proof
  const { sellingRegion } = unencrypted ?? {}
  const region = typeof sellingRegion === 'string' ? regions[sellingRegion] : undefined
  if (!region)
    throw new StepFailure({
      source: 'connection',
      code: 'selling_region_unknown',
      message: `Requests to Amazon cannot be signed: sellingRegion is ${Object.keys(regions).join(', ')}, and here it is another.`,
    })
  return {
    ...proof,
    async prove(request, signal) {
      const proven = proof ? await proof.prove(request, signal) : request
      const whole = 'kind' in proven ? proven : await withWholeBody(proven)
      return 'kind' in whole ? whole : signed(whole, key, region)
    },
  }
}

function signed(request: HttpRequest, key: AwsKey, region: string): HttpRequest {
  const dated = { ...request, headers: { ...request.headers, ...awsHeaders(request.body, new Date(), key.sessionToken) } }
  return withHeader(dated, 'authorization', signForAws(dated, key, { region, service: 'execute-api' }))
}

function findKey(encrypted: unknown): AwsKey | undefined {
  if (!isObject(encrypted)) return undefined
  const { accessKeyId, secretAccessKey, sessionToken } = encrypted
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
  return { accessKeyId, secretAccessKey, ...(typeof sessionToken === 'string' && sessionToken !== '' && { sessionToken }) }
}
