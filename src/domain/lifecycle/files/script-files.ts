/** Source text as files bring it: an editor or version control that writes other line ends, or a byte order mark, has changed nothing. Pure. */
import type { DefinedResource } from './state-files.ts'
import type { Definition } from '../../definitions/definition.ts'

const normalizeText = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
const isLong = (text: string): boolean => text.includes('\r\n') && !/(?<!\r)\n/.test(text)

/** A script with the line ends that it had or has, the first that is known; a new one gets short ones. */
export function matchLineEnds(each: DefinedResource, known: readonly (Definition | undefined)[]): DefinedResource {
  const { content } = each.definition
  if (each.collection !== 'scripts' || typeof content !== 'string') return each
  const before = known.map((of) => of?.content).filter((text) => typeof text === 'string')
  return { ...each, definition: { ...each.definition, content: restoreLineEnds(content, before) } }
}

function restoreLineEnds(sent: string, before: readonly string[]): string {
  const text = normalizeText(sent)
  const same = before.find((known) => normalizeText(known) === text)
  if (same !== undefined) return same
  const [known] = before
  // What has both kinds of line ends is taken as it comes.
  if (sent.includes('\r\n') && !isLong(sent)) return sent
  return known !== undefined && isLong(known) ? text.replaceAll('\n', '\r\n') : text
}
