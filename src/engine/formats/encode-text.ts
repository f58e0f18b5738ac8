/** Texts as bytes, in the encodings that documents name. */
import type * as Iconv from 'iconv-lite'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { UnwritableContent } from './format.ts'

const iconv = lazyLoad<typeof Iconv>('iconv-lite')

/** `encoding` as `TextDecoder` calls it. Throws `UnwritableContent` where a character would be lost, and what iconv does where there is no such encoding. */
export function encodeText(text: string, encoding: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text)
  const { encode, decode } = iconv()
  const bytes = encode(text, encoding)
  const back = decode(bytes, encoding, { stripBOM: false })
  if (back === text) return bytes
  const lost = Array.from(text).find((character) => decode(encode(character, encoding), encoding, { stripBOM: false }) !== character) ?? ''
  throw new UnwritableContent(
    'character_unwritable',
    `The character "${lost}" cannot be written in ${encoding}: map it to another one, or write it in UTF-8.`,
  )
}
