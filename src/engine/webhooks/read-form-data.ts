/** Fields of a form with parts (`multipart/form-data`). Files in it are not taken. */
import type * as Busboy from '@fastify/busboy'
import { lazyLoad } from '../../domain/lazy-load.ts'

const busboy = lazyLoad<typeof Busboy>('@fastify/busboy')

/** Of one form. More are mistakes. */
export const maxFields = 1000

export type FieldValues = Map<string, string | string[]>

/** Fields that come more than once are lists. */
export function addField(fields: FieldValues, name: string, value: string): void {
  const known = fields.get(name)
  if (Array.isArray(known)) known.push(value)
  else fields.set(name, known === undefined ? value : [known, value])
}

export type FormData = { readonly value: Readonly<Record<string, string | string[]>> } | { readonly fault: string }

export function readFormData(bytes: Buffer, contentType: string): Promise<FormData> {
  return new Promise((resolve) => {
    const fault = (what: string): void => resolve({ fault: `The body is a form ${what}` })
    const fields: FieldValues = new Map()
    try {
      const { Busboy: Parser } = busboy()
      const form = new Parser({
        headers: { 'content-type': contentType },
        limits: { fields: maxFields, parts: maxFields, fieldSize: bytes.length },
      })
      form.on('field', (name, value) => addField(fields, name, value))
      form.on('file', (name, stream) => {
        stream.resume()
        fault(`with a file in ${name}: files are not taken.`)
      })
      form.on('fieldsLimit', () => fault(`with more than ${maxFields} fields.`))
      form.on('error', () => fault('that cannot be read.'))
      form.on('finish', () => resolve({ value: Object.fromEntries(fields) }))
      form.end(bytes)
    } catch {
      fault('that cannot be read.')
    }
  })
}
