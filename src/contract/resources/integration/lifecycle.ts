/** What installing, changing and removing an Integration App takes: cards, steps, and the functions behind them. */
import { Type, type Static } from 'typebox'
import { objectId, open, ref } from '../../kit.ts'
import { choice, flag, anyObject, list, optional, object, text } from '../../shared/schema-helpers.ts'

const card = open(
  optional({
    name: text('Title of the card.'),
    description: text('What the card is about, for the person who installs.'),
    imageURL: text('Picture on the card.'),
    _connectionId: ref('connections', { description: 'Connection that the card sets up.' }),
    installURL: text('Page to open, for a card that leads elsewhere.'),
    completed: flag('True once the card is done.'),
    installerFunction: text('Function that installs what the card stands for.'),
    uninstallerFunction: text('Function that removes it again.'),
    options: anyObject('Passed to the two functions as it is.'),
    sourceConnection: anyObject('What the new connection is modelled on.'),
    templateZip: flag('True where the card installs an archive of documents.'),
    _stackId: ref('stacks', { description: 'Stack that serves the functions.' }),
    isClone: flag('True where the card belongs to a clone.'),
    form: anyObject('Form that the card shows.'),
  }),
)

const stepTypes = ['connection', 'url', 'form', 'hidden', 'template_zip', 'stack', 'edition'] as const
const step = open({
  name: text('Title of the step.'),
  type: choice(
    stepTypes,
    'What the step does: set up a connection or a stack, open a page, show a form, install an archive, change the edition, or run unseen.',
  ),
  ...optional({
    description: text('What the step is about, for the person who takes it.'),
    imageUrl: text('Picture beside the step.'),
    completed: flag('True once the step is done.'),
    url: text('Page to open, for a step of type `url`.'),
    form: anyObject('Form to show, for a step of type `form`.'),
    function: text('Function that does the step.'),
    initFormFunction: text('Function that prepares the form before it is shown.'),
    _scriptId: ref('scripts', { description: 'Script that holds the functions of the step.' }),
    sourceConnection: anyObject('What the new connection is modelled on.'),
    templateZip: flag('True where the step installs an archive of documents.'),
    _connectionId: ref('connections', { description: 'Connection that the step sets up.' }),
    _stackId: ref('stacks', { description: 'Stack that the step sets up.' }),
    isClone: flag('True where the step belongs to a clone.'),
    getUrlFunction: text('Function that answers the page to open.'),
    options: anyObject('Passed to the functions of the step as it is.'),
  }),
})

export type AppStep = Static<typeof step>
/** As it is shown: its form and address may be made by functions of the app. */
export type ShownStep = Omit<AppStep, 'form' | 'url'> & { readonly form?: unknown; readonly url?: unknown }

/** A function in a script, or on a stack where no script is named. */
const call = (description: string, when: string) =>
  object(
    description,
    optional({
      _scriptId: ref('scripts', { description: 'Script that holds the function.' }),
      _stackId: ref('stacks', { description: 'Stack that serves the function, or that the script works for.' }),
      function: text(`Name of the function to call ${when}.`),
    }),
  )

export const lifecycle = optional({
  install: list(card, 'Cards of an older Integration App, in the order they are shown while it is installed.'),
  mode: choice(['install', 'settings', 'uninstall'], 'Where an Integration App stands: being installed, in use, or being removed.'),
  version: text('Version of the Integration App or template that this integration has.'),
  tag: text('Tells several installations of the same Integration App apart. An older field.'),
  updateInProgress: flag(
    'True while an update runs. Its settings are not to be changed meanwhile; the updating app sets it back to false.',
  ),
  resolvedAt: Type.String({ format: 'date-time', description: 'When the latest installation or update was finished, in UTC.' }),
  update: call('Brings this integration to a newer version.', 'with each update'),
  installSteps: list(step, 'Steps that install the Integration App, in order.'),
  uninstallSteps: list(step, 'Steps that remove it, in order.'),
  changeEdition: object(
    'Fits this installation to another edition, with `fromEdition` and `toEdition`.',
    optional({
      _scriptId: ref('scripts', { description: 'Script that holds the function.' }),
      _stackId: ref('stacks', { description: 'Stack that serves the function.' }),
      function: text('Name of the function to call when the edition changes.'),
    }),
    { 'x-sluice-extension': true },
  ),
  changeEditionSteps: list(step, 'Steps that lead from one edition to another, in order.'),
  pendingLicense: object(
    'A change of licence that is not through yet.',
    optional({ opts: anyObject('Options of the licence.'), _editionId: objectId({ description: 'Edition to change to.' }) }),
  ),
  childDisplayName: text('What the parts of this integration are called where people see them, such as a store or a subsidiary.'),
  initChild: call('Makes a child of this integration.', 'when a child is added'),
})
