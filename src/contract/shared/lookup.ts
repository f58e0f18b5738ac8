/** A named table that turns one value into another: written down, kept in a lookup cache, or asked of the target application. */
import { Type, type Static } from 'typebox'
import { ref } from '../kit.ts'
import { flag, anyObject, optional, nullableText, text } from './schema-helpers.ts'

export const Lookup = Type.Object(
  optional({
    name: text('Name by which mappings and templates call it.'),
    map: anyObject('A table written down here: value of the source to value of the target.'),
    _lookupCacheId: ref('lookupcaches', { description: 'Lookup cache to look in, instead of a table written down here.' }),
    method: text('HTTP method of the request, for a lookup that asks the application.'),
    relativeURI: text("Where to ask, after the connection's base URI, for a lookup over HTTP. Handlebars."),
    body: text('Body of the request, for a lookup over HTTP. Handlebars.'),
    query: text('Statement to run, for a lookup in a database. Handlebars.'),
    extract: text('Path of the value: in the answer of a dynamic lookup, in the cached object of a lookup cache.'),
    postBody: text('Body of a POST request in older lookups over HTTP. Handlebars.'),
    default: nullableText('Value when nothing is found. Used only where failures are allowed.'),
    allowFailures: flag('True lets a record go on without a match, with the default; false, as by default, fails it.'),
  }),
  { description: 'Turns one value into another.' },
)
export type Lookup = Static<typeof Lookup>
