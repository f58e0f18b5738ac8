/** Requests whose body is a file that was kept as it is: each record names one by its key, and makes a request. */
import { StepFailure, type SinkStep } from '../../../adaptor.ts'
import { createRendering } from '../../../outgoing/request-texts.ts'
import { findBlob, forgetBlob } from '../../files/pass-blobs.ts'
import { Storage } from '../../kept-bytes.ts'
import { stepContext } from '../../step-context.ts'
import { contentTypes } from '../body.ts'
import type { ConnectionClient, HttpPorts } from '../connection-client.ts'
import { isWritten } from '../export/blob-answers.ts'
import { mustHaveOneBody, putContent, type FileBody } from './file-body.ts'
import type { HttpImport } from './static-lookups.ts'

/** Of one file: a body is held in memory as a whole. Bytes. */
const largestBlob = 50 * 1024 * 1024

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
      if (blob.bytes > largestBlob)
        throw new StepFailure({
          source: 'internal',
          code: 'file_too_large',
          message: `The file ${blob.fileName ?? ''} has more than ${largestBlob / 1024 / 1024} MB, and one over HTTP has so much at the most.`,
        })
      const { record, mapped } = submission
      const [fileName] = await render({ records: [record], data: [mapped], batched: false })
      const parts: Uint8Array[] = []
      for await (const part of content()) parts.push(part)
      const bytes = Buffer.concat(parts)
      const written = isWritten(http.blobFormat) ? Buffer.from(bytes.toString(http.blobFormat)) : bytes
      return putContent(http, request, written, { type: typeOf(http), fileName: fileName?.trim() || blob.fileName || 'file' })
    },
    async taken([submission]) {
      if (submission) await forgetBlob(passing, (await findBlob(passing, submission)).blob)
    },
  }
}

/** As the import says, or as bytes of which nothing is known. */
function typeOf({ requestMediaType: said, blobFormat }: HttpImport): string {
  if (said && said !== 'form-data' && said !== 'octet-stream') return contentTypes[said] ?? 'application/octet-stream'
  return isWritten(blobFormat) ? 'text/plain' : 'application/octet-stream'
}
