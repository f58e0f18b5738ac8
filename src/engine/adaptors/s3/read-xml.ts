/** Reads the flat XML that S3 answers. */
import type * as Saxes from 'saxes'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { FileFailure } from '../files/failure.ts'

const saxes = lazyLoad<typeof Saxes>('saxes')

export type Texts = Readonly<Record<string, string>>

/** The texts of elements outside of those of one name, and within each of these. */
export function readTexts(xml: string, within: string): { readonly outside: Texts; readonly each: readonly Texts[] } {
  const outside: Record<string, string> = {}
  const each: Record<string, string>[] = []
  let inside: Record<string, string> | undefined
  let text = ''
  const parser = new (saxes().SaxesParser)({ position: false })
  parser.on('error', () => {
    throw new FileFailure('response_invalid', 'The server answered something else than the XML of S3.')
  })
  parser.on('opentag', ({ name }) => {
    text = ''
    if (name === within) each.push((inside = {}))
  })
  parser.on('text', (more) => (text += more))
  parser.on('closetag', ({ name }) => {
    if (name === within) inside = undefined
    else (inside ?? outside)[name] ??= text
    text = ''
  })
  parser.write(xml).close()
  return { outside, each }
}
