/** The commands that work with a server over its API. What each does is loaded when it is called. */
import { Option, type Command } from 'commander'
import { CallRefused } from '../contract/call.ts'
import { CommandError } from './exit-codes.ts'
import { keepColours, openTerminal, type Shell, type Terminal } from './terminal.ts'

type Options = Record<string, never>
type Work = (terminal: Terminal, ...values: never[]) => Promise<number>

const exitHelp = `
Exit codes: 0 done, or both are the same; 1 an error; 2 both differ; 3 conflicts.`

const serverHelp = `
Which server: --url and --token, else --profile (or SLUICE_PROFILE), else SLUICE_URL, SLUICE_TOKEN and SLUICE_ENVIRONMENT, else what sluice login kept.`

export function addClientCommands(program: Command, shell: Shell): void {
  /** Results go to stdout, talk to stderr, and what the work answers becomes the exit code. */
  const act =
    (load: () => Promise<Work>) =>
    async (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command
      const options = command.opts<Options & { json?: boolean }>()
      try {
        const work = await load()
        const terminal = openTerminal(shell, options.json ?? false)
        shell.exit(await (work as (...values: unknown[]) => Promise<number>)(terminal, ...args.slice(0, -2), options))
      } catch (error) {
        if (!(error instanceof CommandError || error instanceof CallRefused)) throw error
        shell.stderr.write(`${keepColours(error instanceof CommandError ? error.message : explainRefusal(error))}\n`)
        shell.exit(error instanceof CommandError ? error.exitCode : 1)
      }
    }
  addLogin(program, act)
  addIntegrations(program, act)
  addLifecycle(program, act)
  addErrors(program, act)
  addRest(program, act)
}

/** In the server's own words. */
function explainRefusal({ problems, message }: CallRefused): string {
  const reasons = problems.map((each) => (each.field === undefined ? each.message : `${each.message} (${each.field})`))
  return reasons.length > 0 ? reasons.join('\n') : message
}

type Act = (load: () => Promise<Work>) => (...args: unknown[]) => Promise<void>

const withServer = (command: Command): Command =>
  command
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'access token; others can see it in the list of processes')
    .option('--profile <name>', 'a profile of sluice login')
    .option('--environment <id or name>', 'environment to work in (that of the token)')
    .option('--json', 'print JSON')

const example = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n${serverHelp}${exitHelp}`)

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function addLogin(program: Command, act: Act): void {
  example(
    program
      .command('login')
      .description('keep the address of a server and a token, which is asked for or read from what is piped in')
      .option('--url <url>', 'address of the server', 'http://127.0.0.1:3000')
      .option('--profile <name>', 'what it is called', 'default')
      .option('--json', 'print JSON')
      .action(act(async () => (await import('./login.ts')).login)),
    'sluice login --url https://sluice.example.com',
    'echo "$TOKEN" | sluice login --url https://test.example.com --profile test',
  )
}

function addIntegrations(program: Command, act: Act): void {
  const integration = program.command('integration').description('integrations: look at them, run and clone them, work off their errors')
  withServer(integration.command('list').description('list the integrations')).action(
    act(async () => (await import('./integrations/look.ts')).listIntegrations),
  )
  withServer(integration.command('show <integration>').description('show an integration and its flows')).action(
    act(async () => (await import('./integrations/look.ts')).showIntegration),
  )
  example(
    withServer(integration.command('clone <integration>').description('clone an integration'))
      .option('--name <name>', 'what the clone is called')
      .option('--to-environment <id or name>', 'where it is made (beside the original)')
      .option('--connection <source=target>', 'a connection to use in place of one of the original; may be repeated', several)
      .action(act(async () => (await import('./integrations/run.ts')).cloneIntegration)),
    'sluice integration clone "Orders to books" --to-environment Production --connection Test=Live',
  )
  example(
    withServer(integration.command('run <integration>').description('run the flows of an integration, and wait until they have ended'))
      .option('--flow <flow>', 'run this flow only, by its id or name; may be repeated', several)
      .option('--no-wait', 'do not wait')
      .action(act(async () => (await import('./integrations/run.ts')).runIntegration)),
    'sluice integration run "Orders to books" --flow "New orders"',
  )
  withServer(integration.command('errors <integration>').description('list the open errors of an integration, newest first'))
    .option('--limit <number>', 'how many (100)', Number)
    .action(act(async () => (await import('./integrations/errors.ts')).listErrors))
  withServer(integration.command('retry <integration>').description('send the records of all open errors again, and wait'))
    .option('--no-wait', 'do not wait')
    .action(act(async () => (await import('./integrations/errors.ts')).retryErrors))
}

const withDecisions = (command: Command): Command =>
  withServer(command)
    .option('--description <text>', 'what the revision is for')
    .addOption(new Option('--resolve <side>', 'how conflicts are decided').choices(['ours', 'theirs', 'ask']))
    .option('--connection <source=target>', 'a connection to use in place of one that is not there; may be repeated', several)
    .option('--confirm', 'apply it in spite of warnings')

const files = () => import('./lifecycle/files.ts')

function addLifecycle(program: Command, act: Act): void {
  example(
    withServer(program.command('pull <integration> <folder>').description('write an integration into a folder, one file a resource'))
      .option('--force', 'write over what was changed in the folder')
      .action(act(async () => (await files()).pullFiles)),
    'sluice pull "Orders to books" orders-to-books',
  )
  example(
    withDecisions(program.command('push <folder>').description('bring what was changed in a folder into its integration, as a revision'))
      .option('--integration <integration>', 'another integration than the one that the files are of')
      .action(act(async () => (await files()).pushFiles)),
    'sluice push orders-to-books --description "Totals with tax"',
    'sluice push orders-to-books --resolve ours',
  )
  example(
    withServer(program.command('plan <from> [to]').description('say what a push of a folder, or a promotion of an integration, would do'))
      .option('--from-environment <id or name>', 'environment of the integration that is promoted')
      .action(act(async () => (await files()).planChange)),
    'sluice plan orders-to-books',
    'sluice plan "Orders to books" "Orders to books, live" --from-environment Development',
  )
  example(
    withDecisions(
      program.command('promote <from> <to>').description('take the changes of an integration over into a clone of it, or the other way'),
    )
      .option('--from-environment <id or name>', 'environment of the integration that is promoted')
      .action(act(async () => (await files()).promote)),
    'sluice promote "Orders to books" "Orders to books, live" --from-environment Development --resolve ask',
    'sluice promote test:"Orders to books" live:"Orders to books"',
  )
  example(
    withServer(program.command('diff <from> [to]').description('compare an integration with a folder, or with another integration'))
      .option('--from-environment <id or name>', 'environment of the first integration')
      .action(act(async () => (await files()).diffSides)),
    'sluice diff orders-to-books',
    'sluice diff test:"Orders to books" live:"Orders to books"',
  )
  example(
    withServer(
      program
        .command('lint <source>')
        .description(
          'find in a folder or an integration unknown fields, references to nowhere, steps without a connection, and mappings that read what their sample lacks',
        ),
    ).action(act(async () => (await import('./lifecycle/lint.ts')).lint)),
    'sluice lint orders-to-books',
  )
}

function addErrors(program: Command, act: Act): void {
  const errors = program.command('errors').description('errors as they happen')
  withServer(errors.command('tail [integration]').description('print open errors as they happen, until interrupted')).action(
    act(async () => (await import('./integrations/errors.ts')).tailErrors),
  )
  example(
    withServer(program.command('logs <source>').description('print what was recorded of the latest run of a flow, or what a script wrote'))
      .option('-f, --follow', 'go on until interrupted')
      .action(act(async () => (await import('./logs.ts')).printLogs)),
    'sluice logs "New orders" -f',
  )
}

function addRest(program: Command, act: Act): void {
  example(
    withServer(program.command('deps <type> <id>').description('list what uses a resource')).action(
      act(async () => (await import('./dependencies.ts')).printDependencies),
    ),
    'sluice deps connections 65f0c0ffee65f0c0ffee65f0',
  )
  const lookupData = () => import('./lookup-data.ts')
  const cache = program.command('cache').description('lookup caches')
  withServer(cache.command('export <cache> [file]').description('write the entries of a lookup cache, one JSON object a line')).action(
    act(async () => (await lookupData()).exportLookupData),
  )
  withServer(cache.command('import <cache> [file]').description('add entries to a lookup cache, from one JSON object a line')).action(
    act(async () => (await lookupData()).importLookupData),
  )
  example(
    program
      .command('copy <integration>')
      .description('copy an integration from one server to another, integrator.io among them')
      .requiredOption('--from <url or profile>', 'server that it is read from; SLUICE_FROM_TOKEN is its token')
      .requiredOption('--to <url or profile>', 'server that it is made on; SLUICE_TO_TOKEN is its token')
      .option('--name <name>', 'what it is called there')
      .option('--connection <source=target>', 'a connection of the other server to use in place of one; may be repeated', several)
      .option('--json', 'print JSON')
      .action(act(async () => (await import('./copy.ts')).copyIntegration)),
    'sluice copy "Orders to books" --from https://api.integrator.io --to default',
  )
}
