/** Every schema that has a name of its own, under the name that OpenAPI shows. Adding one is its file and a line here. */
import type { TSchema } from 'typebox'
import { Alias } from './alias.ts'
import { Filter } from './filter.ts'
import { Form } from './form.ts'
import { Hook } from './hook.ts'
import { Lookup } from './lookup.ts'
import { Mapping } from './mapping.ts'
import { PreSave } from './pre-save.ts'
import { ResponseMapping } from './response-mapping.ts'
import { ScriptFunction } from './script-function.ts'
import { Settings } from './settings.ts'
import { Transform } from './transform.ts'

export const shared = {
  Alias,
  Filter,
  Form,
  Hook,
  Lookup,
  Mapping,
  PreSave,
  ResponseMapping,
  ScriptFunction,
  Settings,
  Transform,
} satisfies Record<string, TSchema>
