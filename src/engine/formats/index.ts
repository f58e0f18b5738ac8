/** Every format there is, and which one a file has. A format is its file and a line here. */
import { csv } from './csv.ts'
import type { Format } from './format.ts'
import { json } from './json.ts'
import { ndjson } from './ndjson.ts'
import { structured } from './structured/structured.ts'
import { xlsx } from './xlsx/xlsx.ts'
import { xml } from './xml.ts'

/** By what documents call them. */
const formats: Readonly<Record<string, Format>> = { csv, filedefinition: structured, json, xlsx, xml }
const lineByLine = /\.(?:ndjson|jsonl)(?:\.gz|\.zip)?$/i

/** JSON is newline-delimited where the name of the file says so. Undefined where there is no such format yet. */
export function findFormat(type: string, fileName: string): Format | undefined {
  if (type === 'json' && lineByLine.test(fileName)) return ndjson
  return Object.hasOwn(formats, type) ? formats[type] : undefined
}

export const isFormat = (type: string): boolean => Object.hasOwn(formats, type)

/** Encodings by what documents call them, as `TextDecoder` does. */
export const encodings: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  win1252: 'windows-1252',
  'utf-16le': 'utf-16le',
  gb18030: 'gb18030',
  macroman: 'macintosh',
  iso88591: 'iso-8859-1',
  shiftjis: 'shift_jis',
}
