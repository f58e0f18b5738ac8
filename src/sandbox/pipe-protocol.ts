/** How parent and child talk over a pipe: a head of JSON and a body of text that neither has to parse, both with their length ahead. */

export interface Frame {
  readonly head: Readonly<Record<string, unknown>>
  readonly body: string
}

const prefix = 8

export function encodeFrame(head: object, body = ''): Buffer {
  const text = JSON.stringify(head)
  const headBytes = Buffer.byteLength(text)
  const bodyBytes = Buffer.byteLength(body)
  const frame = Buffer.allocUnsafe(prefix + headBytes + bodyBytes)
  frame.writeUInt32LE(headBytes, 0)
  frame.writeUInt32LE(bodyBytes, 4)
  frame.write(text, prefix)
  frame.write(body, prefix + headBytes)
  return frame
}

/** Answers the frames that are whole by now. Throws on a frame larger than `maxBytes`: whoever sends it is not who we think. */
export function frameReader(maxBytes: number): (chunk: Buffer) => Frame[] {
  let chunks: Buffer[] = []
  let held = 0
  let needed = prefix
  return (chunk) => {
    chunks.push(chunk)
    held += chunk.length
    const frames: Frame[] = []
    // Joined only when there is enough: a large frame comes in many chunks.
    while (held >= needed) {
      const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      chunks = [all]
      const headBytes = all.readUInt32LE(0)
      const bodyBytes = all.readUInt32LE(4)
      const end = prefix + headBytes + bodyBytes
      if (end > maxBytes) throw new Error(`a frame of ${end} bytes`)
      if (held < end) {
        needed = end
        break
      }
      const head = JSON.parse(all.toString('utf8', prefix, prefix + headBytes)) as Frame['head']
      frames.push({ head, body: all.toString('utf8', prefix + headBytes, end) })
      const rest = all.subarray(end)
      chunks = rest.length > 0 ? [rest] : []
      held = rest.length
      needed = prefix
    }
    return frames
  }
}
