/** Templates of nothing but fields, such as `/orders/{{record.id}}`: no helper and no block is in them, so what they cost is what they read and write. */
import { helperNames } from '../template/template.ts'
import { quicklyRead } from './bounds.ts'

/** A field as `{{ }}` and `{{{ }}}` write it. What else Handlebars knows begins with another sign or has a space in it. */
const path = String.raw` *([\w$][\w$-]*(?:\.(?:[\w$-]+|\[[\w$ -]{1,100}\]))*) *`
const field = new RegExp(String.raw`\{\{(?:\{${path}\}|${path})\}\}`, 'g')
/** A text of a JSON. */
const jsonText = /"(?:[^"\\]|\\.)*"/g
/** A name of a path, in brackets or not. */
const name = /\[([^\]]*)\]|[^.[\]]+/g

/** What the templates within a JSON read, as the names on the way to it, each as often as it stands there; undefined where there is more in them than that. */
export function listFieldsOfTemplates(json: string): readonly (readonly string[])[] | undefined {
  const fields: string[][] = []
  let length = 0
  for (const [text] of json.matchAll(jsonText)) {
    if (!text.includes('{{')) continue
    length += text.length
    if (length > quicklyRead) return undefined
    const rest = text.replace(field, (_all, raw?: string, escaped?: string) => {
      fields.push([...(raw ?? escaped ?? '').matchAll(name)].map(([whole, inBrackets]) => inBrackets ?? whole))
      return ''
    })
    if (rest.includes('{{') || fields.some(isMore)) return undefined
  }
  return fields
}

/** `{{timestamp}}` is a call, and `{{this}}` is everything. */
const isMore = (names: readonly string[]): boolean => names.includes('this') || (names.length === 1 && helperNames.has(names[0] ?? ''))
