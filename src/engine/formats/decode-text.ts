/** Decodes chunks of bytes as text. */
import type { Chunks } from './format.ts'

/** A character may begin in one chunk and end in the next. A byte order mark is left out. */
export async function* decodeText(chunks: Chunks, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}
