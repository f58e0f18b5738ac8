/** The child's program as one text: its files without their types, joined by data: URLs. So the child reads no file of ours, and needs no compiler to start. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { extname } from 'node:path'

/** What was compiled for the package is JavaScript already. */
const extension = extname(import.meta.url)

let made: string | undefined

/** Made when it is first needed. */
export function childProgram(): string {
  made ??= quietly(() => textOf(new URL(`child/main${extension}`, import.meta.url), new Map()))
  return made
}

/** A file that is imported twice is the same text under the same URL, and so one module. */
function textOf(url: URL, seen: Map<string, string>): string {
  const known = seen.get(url.href)
  if (known !== undefined) return known
  const source = readFileSync(url, 'utf8')
  const text = (extension === '.ts' ? stripTypeScriptTypes(source) : source).replaceAll(
    /^(.*from ')(\.[^']+)'/gm,
    (_all, ahead: string, specifier: string) => `${ahead}${dataUrl(textOf(new URL(specifier, url), seen))}'`,
  )
  seen.set(url.href, text)
  return text
}

const dataUrl = (text: string): string => `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`

/** Node says of the function used here that it is experimental. It is the one by which Node runs this very file, and the Node is ours. */
function quietly<T>(work: () => T): T {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}
