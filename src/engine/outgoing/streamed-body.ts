/** Bodies that are read while they are sent, for those who need their bytes beforehand. */
import { StepFailure } from '../adaptor.ts'
import { unreachable, type Unreachable } from './failure.ts'
import type { HttpRequest, StreamedBody } from './message.ts'

/** Of a body that has to be in memory. Bytes. */
const mostInMemory = 50 * 1024 * 1024

export const bodyBytes = ({ body, content }: Pick<HttpRequest, 'body' | 'content'>): number =>
  content?.bytes ?? Buffer.byteLength(body ?? '')

/** For a proof that is made of the body. */
export async function withWholeBody(request: HttpRequest): Promise<HttpRequest | Unreachable> {
  const { content, ...rest } = request
  if (!content) return request
  if (content.bytes > mostInMemory)
    return unreachable(
      'request_too_large',
      `The file has more than ${mostInMemory / 1024 / 1024} MB, and so much can be sent at the most where the connection signs what it sends.`,
    )
  try {
    const parts: Uint8Array[] = []
    for await (const part of content.read()) parts.push(part)
    return { ...rest, body: Buffer.concat(parts) }
  } catch (error) {
    return toMissing(error)
  }
}

/** Why a body cannot be read; throws what is no failure of the step. */
export function toMissing(error: unknown): Unreachable {
  if (error instanceof StepFailure) return unreachable('blob_missing', error.failure.message)
  throw error
}

/** A body could not be read to its end; `cause` is why. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody'
}

interface Sending {
  readonly chunks: AsyncIterable<Uint8Array>
  /** What went wrong while it was read: undici tells that like a fault of the socket. */
  fault(): UnreadableBody | undefined
}

export function createSending(content: StreamedBody, moved: () => void): Sending {
  let fault: UnreadableBody | undefined
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content.read()) {
        moved()
        yield chunk
      }
    } catch (error) {
      fault = new UnreadableBody('unreadable', { cause: error })
      throw error
    }
  }
  return { chunks: chunks(), fault: () => fault }
}
