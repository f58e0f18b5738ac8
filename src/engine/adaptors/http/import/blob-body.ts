/** Requests whose body is a file that was kept as it is: each record names one by its key, and makes a request. */
import { StepFailure, type SinkStep } from '../../../adaptor.ts'
import { largestHttpFile } from '../../../outgoing/client.ts'
import type { StreamedBody } from '../../../outgoing/message.ts'
import { createRendering } from '../../../outgoing/request-texts.ts'
import { findBlob, forgetBlob } from '../../files/pass-blobs.ts'
import { Storage } from '../../kept-bytes.ts'
import { stepContext } from '../../step-context.ts'
import { contentTypes } from '../body.ts'
import type { ConnectionClient, HttpPorts } from '../connection-client.ts'
import { isWritten } from '../export/blob-answers.ts'
import { mustHaveOneBody, putContent, type FileBody } from './file-body.ts'
import type { HttpImport } from './static-lookups.ts'

/** Characters that are written for each so many bytes, in parts of whole ones. */
const written = { base64: { of: 3, are: 4 }, hex: { of: 1, are: 2 } } as const

export function createBlobBody(
  { kept }: HttpPorts,
  step: SinkStep,
  http: HttpImport,
  { connection, evaluate }: ConnectionClient,
): FileBody {
  const { doc, run } = step
  mustHaveOneBody(http)
  const passing = { doc, run, storage: kept && new Storage(kept) }
  const { _id, name } = connection
  const shared = stepContext(step, 'import', { connection: { _id, name } })
  const { render } = createRendering(evaluate, {
    texts: [{ template: doc.file?.fileName ?? '', escaping: 'raw', sees: 'context' }],
    shared,
    tables: [...(doc.file?.lookups ?? []), ...(doc.lookups ?? [])],
  })
  return {
    batchSize: 1,
    async put(request, [submission]) {
      if (!submission) throw new Error('a request of no record')
      const { blob, content } = await findBlob(passing, submission)
      const { blobFormat } = http
      const body = isWritten(blobFormat) ? inText({ bytes: blob.bytes, read: content }, blobFormat) : { bytes: blob.bytes, read: content }
      if (body.bytes > largestHttpFile)
        throw new StepFailure({
          source: 'internal',
          code: 'file_too_large',
          message: `The file ${blob.fileName ?? ''} has more than ${largestHttpFile / 1024 ** 3} GB, and one over HTTP has so much at the most.`,
        })
      const { record, mapped } = submission
      const [fileName] = await render({ records: [record], data: [mapped], batched: false })
      return putContent(http, request, body, { type: typeOf(http), fileName: fileName?.trim() || blob.fileName || 'file' })
    },
    async taken([submission]) {
      if (submission) await forgetBlob(passing, (await findBlob(passing, submission)).blob)
    },
  }
}

function inText({ bytes, read }: StreamedBody, format: keyof typeof written): StreamedBody {
  const { of, are } = written[format]
  return {
    bytes: Math.ceil(bytes / of) * are,
    async *read() {
      let rest: Uint8Array = Buffer.alloc(0)
      for await (const part of read()) {
        const all = Buffer.concat([rest, part])
        const whole = all.length - (all.length % of)
        rest = all.subarray(whole)
        yield Buffer.from(all.toString(format, 0, whole))
      }
      yield Buffer.from(Buffer.from(rest).toString(format))
    },
  }
}

/** As the import says, or as bytes of which nothing is known. */
function typeOf({ requestMediaType: said, blobFormat }: HttpImport): string {
  if (said && said !== 'form-data' && said !== 'octet-stream') return contentTypes[said] ?? 'application/octet-stream'
  return isWritten(blobFormat) ? 'text/plain' : 'application/octet-stream'
}
