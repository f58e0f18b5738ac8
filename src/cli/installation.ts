/** The commands for the installation of the settings as a whole: back it up, restore it, look whether it is well. What they do is handed in. */
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { startProgress } from './progress.ts'
import { countOf, keepColours } from './terminal.ts'

interface Watch {
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

interface BackupReport {
  readonly file: string
  readonly bytes: number
  readonly sluice: string
  readonly madeAt: string
  readonly rows: number
  readonly tables: readonly unknown[]
  readonly notes: readonly string[]
}

export interface InstallationActions {
  backUp(file: string, keyFile: string | undefined, watch: Watch): Promise<BackupReport>
  restore(file: string, keyFile: string | undefined, watch: Watch): Promise<BackupReport>
  checkBackup(file: string, watch: Watch): Promise<BackupReport>
  diagnose(): Promise<Diagnosis>
}

interface Diagnosis {
  readonly status: 'ok' | 'warning' | 'error'
  readonly checks: readonly {
    readonly name: string
    readonly status: 'ok' | 'warning' | 'error'
    readonly message: string
    readonly advice?: string
  }[]
}

const placeHelp = `
Which installation: the data folder of SLUICE_DATA, or the database of DATABASE_URL where that is set.`

const megabyte = 1024 * 1024

export function addInstallationCommands(program: Command, { backUp, restore, checkBackup, diagnose }: InstallationActions): void {
  const example = (command: Command, ...lines: readonly string[]): Command =>
    command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n${placeHelp}`)
  example(
    program
      .command('backup <file>')
      .description('back up everything into one file; the server may be running')
      .option('--key-file <file>', 'write the key that opens the secrets into a file of its own')
      .option('--json', 'print JSON')
      .action(async (file: string, { keyFile, json }: { keyFile?: string; json?: boolean }) => {
        const made = await watched('Backing up', (watch) => backUp(file, keyFile, watch))
        if (made) tell(made, json, `${file} holds ${sizeOf(made)} of ${made.madeAt}.`)
      }),
    'sluice backup sluice-backup.zip',
    'sluice backup sluice-backup.zip --key-file sluice-backup.key',
  )
  example(
    program
      .command('restore <file>')
      .description(
        'restore a backup into an empty data folder or database, of the same version or a newer one; no server may be running there',
      )
      .option('--key-file <file>', 'the key that opens the secrets: it becomes that of the data folder')
      .option('--check', 'read the file and see whether it is whole; restore nothing')
      .option('--json', 'print JSON')
      .action(async (file: string, { keyFile, check, json }: { keyFile?: string; check?: boolean; json?: boolean }) => {
        const done = await watched(check ? 'Reading' : 'Restoring', (watch) =>
          check ? checkBackup(file, watch) : restore(file, keyFile, watch),
        )
        if (done)
          tell(
            done,
            json,
            check
              ? `${file} is whole: ${sizeOf(done)} of ${done.madeAt}, by Sluice ${done.sluice}.`
              : `${sizeOf(done)} of ${done.madeAt} are restored.`,
          )
      }),
    'SLUICE_DATA=restored sluice restore sluice-backup.zip --key-file sluice-backup.key',
    'DATABASE_URL=postgresql://sluice:...@db.example.com/sluice sluice restore sluice-backup.zip',
    'sluice restore sluice-backup.zip --check',
  )
  example(
    program
      .command('doctor')
      .description(
        'look at settings, database, disk, clock, key, sandbox and connections, and say what to do; exits with 1 where something is wrong',
      )
      .option('--json', 'print JSON')
      .action(async ({ json }: { json?: boolean }) => {
        const diagnosis = await diagnose()
        process.stdout.write(json ? `${JSON.stringify(diagnosis)}\n` : describe(diagnosis))
        if (diagnosis.status === 'error') process.exitCode = 1
      }),
    'sluice doctor',
  )
}

const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const
const widest = 'warning'.length

function describe({ checks }: Diagnosis): string {
  const lines = checks.flatMap(({ name, status, message, advice }) => {
    const mark = styleText(colours[status], status.padEnd(widest), { stream: process.stdout })
    return [`${mark}  ${name}: ${message}`, ...(advice === undefined ? [] : [`${' '.repeat(widest)}  ${advice}`])]
  })
  return `${keepColours(lines.join('\n'))}\n`
}

const sizeOf = ({ rows, tables }: BackupReport): string => `${countOf(rows, 'row')} of ${countOf(tables.length, 'table')}`

function tell(report: BackupReport, json: boolean | undefined, line: string): void {
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${line}\n`)
  if (!json) for (const note of report.notes) process.stderr.write(`${note}\n`)
}

/** With a bar, in megabytes, and until the user interrupts it: what is half done is taken back then, and nothing answered. */
async function watched<T>(what: string, work: (watch: Watch) => Promise<T>): Promise<T | undefined> {
  const progress = await startProgress(what)
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    return await work({
      onProgress: (done, total) => progress.update(Math.round(done / megabyte), Math.round(total / megabyte)),
      signal: interrupted.signal,
    })
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
    process.stderr.write('Interrupted: nothing is left of it.\n')
    process.exitCode = 1
    return undefined
  } finally {
    progress.stop()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
