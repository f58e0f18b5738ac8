/** Signatures of the request that a template is a header of. */
import type { HelperOptions } from 'handlebars'
import { signForAws, type UnsignedRequest } from '../../values/aws-signature.ts'
import { toText } from '../../values/plain-value.ts'
import { TemplateError } from '../template-run.ts'
import type { TemplateHelper } from './template-helper.ts'

const aws4: TemplateHelper = {
  name: 'aws4',
  run(...args) {
    const [accessKeyId, secretAccessKey, sessionToken, region, service] = args.slice(0, -1).map(toText)
    const { data } = args.at(-1) as HelperOptions & { readonly data: { readonly root: { readonly hashOptions?: Signed } } }
    const { hashOptions } = data.root
    if (!hashOptions) throw new TemplateError('aws4 signs a request: it works in the headers of an export, an import or a connection.')
    if (!accessKeyId || !secretAccessKey) throw new TemplateError('aws4 needs an access key and its secret.')
    if (sessionToken && hashOptions.headers['x-amz-security-token'] !== sessionToken)
      throw new TemplateError('aws4 signs the session token as well: send it in the header X-Amz-Security-Token.')
    const request: UnsignedRequest = { ...hashOptions, url: hashOptions.URI }
    return signForAws(request, { accessKeyId, secretAccessKey }, { ...(region && { region }), ...(service && { service }) })
  },
}

interface Signed extends Omit<UnsignedRequest, 'url'> {
  readonly URI: string
}

export const signatureHelpers: readonly TemplateHelper[] = [aws4]
