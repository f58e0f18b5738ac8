/** What a document type does besides what every type does. Adding a rule is a file beside this one and a line here. */
import type { Collection } from '../../contract/resources/index.ts'
import { flowRule } from './flow.ts'
import { integrationRule } from './integration.ts'
import type { Rule } from './rule.ts'

const rules: { readonly [C in Collection]?: Rule } = { flows: flowRule, integrations: integrationRule }

const none: Rule = {}
export const ruleOf = (collection: Collection): Rule => rules[collection] ?? none
