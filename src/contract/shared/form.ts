/** A form that people fill in to make `settings`: its fields, their layout, and a script that may complete both. */
import { Type, type Static } from 'typebox'
import { link, open } from '../kit.ts'
import type { ScriptFunction } from './script-function.ts'
import { choice, flag, integer, list, optional, object, text, texts } from './schema-helpers.ts'

type Choice = string | { label?: string; value?: string }
const labelled = optional({ label: text('What people see.'), value: text('What is stored when it is chosen.') })

/** A group of options or one option: which it is shows by `items`. */
const option = open({
  ...optional({
    items: list(
      Type.Unsafe<Choice>({ type: ['string', 'object'], properties: labelled, additionalProperties: true }),
      'Options of this group: values, or pairs of label and value.',
    ),
  }),
  ...labelled,
})

const visibleWhen = Type.Object(
  optional({ field: text('Id of the field that decides.'), is: texts('Values of that field that show this one.') }),
)

const field = open(
  optional({
    id: text('Id of the field; the layout and conditions call it by this.'),
    name: text('Where the value is stored in `settings`.'),
    type: choice(
      ['text', 'checkbox', 'radiogroup', 'relativeuri', 'editor', 'keyvalue', 'select', 'multiselect', 'toggle', 'datetime', 'date'],
      'How the value is entered.',
    ),
    label: text('What people see beside the field.'),
    description: text('A line below the field.'),
    helpText: text('A longer explanation, shown on request.'),
    required: flag('True refuses a form in which it is empty.', { default: false }),
    multiline: flag('True gives a text field several lines.', { default: false }),
    rowsMax: integer('Lines that a text field grows to at the most.'),
    inputType: choice(['text', 'number', 'email', 'password', 'tel', 'url'], 'What a text field takes.'),
    delimiter: text('Splits what is entered into several values.'),
    mode: choice(['json', 'xml', 'csv', 'text'], 'Language of an editor.'),
    keyName: text('What the keys of a `keyvalue` field are stored as.'),
    valueName: text('What the values of a `keyvalue` field are stored as.'),
    showDelete: flag('True lets people remove rows of a `keyvalue` field.'),
    doNotAllowFutureDates: flag('True refuses dates that are yet to come.'),
    skipTimezoneConversion: flag('True keeps a date as entered, whatever the time zone.'),
    options: list(option, 'What a field with choices offers.'),
    visibleWhen: list(visibleWhen, 'Shows the field only where one of these holds; always when empty.'),
  }),
)

const nested = open(optional({ label: text('Its heading.'), fields: texts('Ids of the fields in it.') }))
const container = open(
  optional({
    type: choice(['indent', 'box', 'collapse'], 'How it looks.'),
    label: text('Its heading.'),
    fields: texts('Ids of the fields in it, keys of `fieldMap`.'),
    containers: list(nested, 'Containers within this one.'),
  }),
)

export const Form = Type.Object(
  optional({
    form: open(
      optional({
        fieldMap: Type.Unsafe<Record<string, Static<typeof field>>>({
          type: 'object',
          additionalProperties: field,
          description: 'The fields, by a key of your choice.',
        }),
        layout: object(
          'How the fields are arranged. One below the other where it is absent.',
          optional({ type: choice(['column'], 'Kind of layout.'), containers: list(container, 'Groups of fields, in order.') }),
          { additionalProperties: true },
        ),
      }),
      { description: 'The form itself.' },
    ),
    init: link<ScriptFunction>('ScriptFunction', {
      description: 'A function that gets the resource and returns the form to show. Called each time the form is opened.',
    }),
  }),
  { description: 'A form for entering `settings`.' },
)
export type Form = Static<typeof Form>
