/** What a server says in one HTTP answer, and what a tool answers: read with the digits of long numbers. */
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { isPlainObject } from '../../values/plain-value.ts'

interface Message {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

/** The answer to the request of this id; undefined where there is none. Throws what the parser throws where it is no JSON. */
export function findAnswer(text: string, isStream: boolean, id: unknown): Message | undefined {
  const messages = isStream ? readEvents(text) : [parseBounded(text)].flat()
  return messages
    .filter((each): each is Message => isPlainObject(each))
    .find((each) => each.id === id && ('result' in each || 'error' in each))
}

/** The messages of a stream of events; what is no JSON is none. */
const readEvents = (text: string): unknown[] =>
  text.split(/\r?\n\r?\n/).flatMap((event) => {
    const data = event.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : []))
    return data.length > 0 ? readJson(data.join('\n')) : []
  })

function readJson(text: string): [unknown] | [] {
  try {
    return [parseBounded(text)]
  } catch {
    return []
  }
}

/** Whether the server has given the stream a place to go on from, so that its answer may still be fetched. */
export const canResume = (text: string): boolean => /^id:/m.test(text)

/** What a tool answered: its structured content, else the JSON that its text is, else its text, else its content as it is. */
export function readToolAnswer(result: unknown): { readonly answer: unknown; readonly isError: boolean } {
  const { structuredContent, content, isError } = (isPlainObject(result) ? result : {}) as Readonly<Record<string, unknown>>
  return { answer: structuredContent ?? readContent(content), isError: isError === true }
}

/** The SDK has checked that it is one. */
interface Block {
  readonly type: string
  readonly text?: unknown
}

function readContent(content: unknown): unknown {
  const blocks = Array.isArray(content) ? (content as readonly Block[]) : []
  const texts = blocks.flatMap((block) => (block.type === 'text' ? [String(block.text)] : []))
  if (texts.length < blocks.length) return { content: blocks }
  const text = texts.join('\n')
  const [value] = readJson(text)
  return typeof value === 'object' && value !== null ? value : { text }
}
