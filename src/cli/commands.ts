/** The commands of the program, as a person types them. What they do is handed in. */
import addCompletion from '@bomb.sh/tab/commander'
import { Command, Option } from 'commander'
import { addClientCommands } from './client-commands.ts'
import { addInstallationCommands, type InstallationActions } from './installation.ts'
import type { Shell } from './terminal.ts'
import { readPassword } from './read-password.ts'

interface Actions extends InstallationActions {
  readonly version: string
  serve(role: 'server' | 'worker' | 'both', withParent: boolean): Promise<void>
  addUser(email: string): Promise<{ _id: string; email: string; token: string }>
  users(): Promise<readonly User[]>
  createToken(email: string, name: string, envId: string | undefined): Promise<{ _id: string; name: string; token: string }>
  /** Throws where there is no such user. */
  setPassword(email: string, password: string): Promise<void>
  /** Answers a link by which the user sets one, once. */
  makePasswordLink(email: string): Promise<string>
  changeEmail(email: string, next: string): Promise<void>
  /** Answers whether the user had signed in with OpenID Connect. */
  unlinkUser(email: string): Promise<boolean>
  openapi(): Promise<unknown>
}

interface User {
  readonly _id: string
  readonly email: string
  readonly name: string
}

const settingsHelp = `
Settings (environment variables):
  HOST, PORT                where the API answers (127.0.0.1, 3000)
  SLUICE_DATA               data folder (.sluice)
  SLUICE_TOKEN              the owner's token (made and printed once)
  DATABASE_URL              an outside PostgreSQL 15 or later (one in the data folder)
  SLUICE_ENCRYPTION_KEY     32 bytes in hex or base64 that seal secrets; several, separated by commas, while changing (a file in the data folder)
  SLUICE_FILES              folder whose files flows may use, each environment below its id (none)
  SLUICE_PRIVATE_NETWORK    allow or refuse flows to reach private addresses (allow)
  SLUICE_TRUST_PROXY        yes where a proxy in front sets X-Forwarded-* headers, so that links name its address (no)
  SLUICE_CONCURRENCY        runs of one account that a worker carries out at once (10)
  SLUICE_FILE_SETTLE_SECONDS
                            how long a file has to be as it is before a run takes it (5)
  SLUICE_PAGES_IN_FLIGHT    pages of one run that are in the flow at once, and that a crash can send twice (100)
  SLUICE_STRICT             1 answers without integrator.io's quirks, see docs/quirks.md (0)
  SLUICE_RATE_LIMIT         requests of an account at once and a second in the long run, or off (1000/300)
  SLUICE_HEALTH_ADDRESS     where /livez and /readyz answer besides HOST and PORT, as in 127.0.0.1:3001; for workers (nowhere)
  SLUICE_METRICS_ADDRESS    where /metrics answers Prometheus, as in 127.0.0.1:9464 (nowhere)
  SLUICE_DRAIN_SECONDS      seconds that a server still takes requests after SIGTERM, while /readyz answers 503 (0)
  SLUICE_OIDC_ISSUER        OpenID provider at which users sign in, with SLUICE_OIDC_CLIENT_ID and SLUICE_OIDC_CLIENT_SECRET (none)
  SLUICE_OIDC_NAME          what the button of the sign-in page calls it (its host)
  SLUICE_OIDC_CREATE_USERS  domains of addresses whose owners become users when they first sign in there (none)
  OTEL_EXPORTER_OTLP_ENDPOINT  collector that traces are sent to, as in http://127.0.0.1:4318 (none)
  SLUICE_LOG_LEVEL          debug, info, warn, error or silent (info)
  SLUICE_LOG_FORMAT         json or pretty (pretty where stderr is a terminal, else json)
  SLUICE_ACCESS_LOG         yes for a line of the log for each request (no)
`

export function commands(actions: Actions, shell: Shell): Command {
  const { version, serve, openapi } = actions
  const program = new Command('sluice')
    .description('A self-hosted integration platform with the HTTP API of integrator.io.')
    .version(version)
    .addHelpText('after', settingsHelp)
  program
    .command('serve')
    .description('start the server, a worker, or both in one program')
    .addOption(new Option('--role <role>', 'what this program does').choices(['server', 'worker', 'both']).default('both'))
    .option('--with-parent', 'end in order when the program that started this one ends')
    .action(async ({ role, withParent = false }: { role: 'server' | 'worker' | 'both'; withParent?: boolean }) => serve(role, withParent))
  people(program, actions)
  addInstallationCommands(program, actions)
  program
    .command('openapi')
    .description('print the OpenAPI document of the API')
    .action(async () => void process.stdout.write(`${JSON.stringify(await openapi(), null, 1)}\n`))
  addClientCommands(program, shell)
  addCompletion(program, { completionCommandName: 'completion' })
  return program
}

const running = 'on the data folder or database of the settings; it may be running'
const print = (value: unknown, json: boolean | undefined, lines: string): void =>
  void process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines)

function people(program: Command, { addUser, users, createToken, setPassword, makePasswordLink, changeEmail, unlinkUser }: Actions): void {
  const user = program.command('user').description('users of this installation')
  user
    .command('add <email>')
    .description(`add a user with an account of their own, ${running}`)
    .option('--json', 'print JSON')
    .action(async (email: string, { json }: { json?: boolean }) => {
      const added = await addUser(email)
      print(added, json, `${added.email} has the id ${added._id}.\nTheir token, shown this once: ${added.token}\n`)
    })
  user
    .command('list')
    .description(`list the users, the owner first, ${running}`)
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await users()
      print(found, json, found.map(({ _id, email, name }) => `${_id}  ${email}  ${name}\n`).join(''))
    })
  user
    .command('password <email>')
    .description(`set the password of a user, ${running}; it is asked for, or read from what is piped in`)
    .option('--link', 'print a link by which the user sets one themselves, once and within a day')
    .action(async (email: string, { link }: { link?: boolean }) => {
      if (link) return void process.stdout.write(`${await makePasswordLink(email)}\n`)
      const password = await readPassword(`Password of ${email}: `, { twice: true })
      if (password === undefined) return user.error('These were two different passwords: nothing was changed.')
      await setPassword(email, password)
      process.stdout.write(`${email} has a new password, and is signed out everywhere.\n`)
    })
  user
    .command('email <email> <next>')
    .description(`give a user another address, ${running}; what is shared with the new address is theirs from then on`)
    .action(async (email: string, next: string) => {
      await changeEmail(email, next)
      process.stdout.write(`The address of ${email} is now ${next}.\n`)
    })
  user
    .command('unlink <email>')
    .description(`forget who a user is to the OpenID provider, ${running}: they are found by their address again`)
    .action(async (email: string) => {
      const wasLinked = await unlinkUser(email)
      process.stdout.write(
        wasLinked
          ? `${email} is signed out everywhere, and no longer linked to the OpenID provider.\n`
          : `${email} never signed in with OpenID Connect.\n`,
      )
    })
  program
    .command('token')
    .description('access tokens')
    .command('create <email>')
    .description(`create a token to the account of a user, ${running}`)
    .option('--name <name>', 'what the token is called', 'command line')
    .option('--env <id>', 'the environment that it works in (production)')
    .option('--json', 'print JSON')
    .action(async (email: string, { name, env, json }: { name: string; env?: string; json?: boolean }) => {
      const made = await createToken(email, name, env)
      print(made, json, `The token "${made.name}", shown this once: ${made.token}\n`)
    })
}
