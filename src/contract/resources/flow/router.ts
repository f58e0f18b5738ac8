/** Where records part ways: a router sends each record into one or all of the branches that fit it. */
import { Type } from 'typebox'
import { link } from '../../kit.ts'
import { rules } from '../../shared/filter.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { choice, list, optional, object, text } from '../../shared/schema-helpers.ts'
import { pageProcessor } from './page-processor.ts'

const branch = Type.Object({
  name: text('What people call the branch.'),
  ...optional({
    branchId: text('Identifies the branch within the router.'),
    description: text('Which records it is for.'),
    inputFilter: object(
      'Which records fit. All of them where it is absent or has no rules.',
      optional({ version: text('Version of the filter language.'), rules }),
    ),
    pageProcessors: list(pageProcessor, 'Steps that each page goes through, in order. Without any, records end here.'),
    nextRouterId: text('Id of the router that records come to next. They are done where it is absent.'),
  }),
})

export const router = Type.Object({
  branches: list(branch, 'Ways that records can go, in order.'),
  ...optional({
    id: text('Identifies the router within the flow.'),
    name: text('What people call the router.'),
    routeRecordsTo: choice(
      ['first_matching_branch', 'all_matching_branches'],
      'Whether a record takes the first branch that fits or every one.',
      {
        default: 'first_matching_branch',
      },
    ),
    routeRecordsUsing: choice(['input_filters', 'script'], 'Whether the filters of the branches decide, or a script.', {
      default: 'input_filters',
    }),
    script: link<ScriptFunction>('ScriptFunction', { description: 'A function that gets a record and returns the branches it takes.' }),
    nextRouterId: text('Id of the router that records come to once they have gone through a branch that names none.'),
  }),
})
