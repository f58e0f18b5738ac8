/**
 * Several executions of prepared statements that are sent before the first of them is answered. The driver sends each when the one before is answered; MariaDB
 * reads them in their order, and answers in it. A server with others in between may not (MySQL promises nothing), so this is for MariaDB alone.
 */
import type * as MySQL from 'mysql2'
import type { Parameter } from './mysql-values.ts'

/** A command of the driver in its queue, and what of its connection numbers packets and sends them. */
interface Command {
  start: (packet: undefined, connection: object) => unknown
}
interface Inside {
  sequenceId: number
  readonly stream: { cork(): void; uncork(): void }
}

export interface Execution {
  readonly text: string
  readonly values: readonly Parameter[]
}

type Done = (error: Error | null, rows: unknown, fields: unknown) => void

/** Each has its answer in `done`, by its place. The command that it makes is handed to `prepare` before it is sent. */
export async function executeTogether(
  connection: MySQL.Connection,
  executions: readonly Execution[],
  prepare: (command: object) => void,
  done: (place: number, ...answer: Parameters<Done>) => void,
): Promise<void> {
  const statements = new Map<string, MySQL.PrepareStatementInfo | Error>()
  for (const { text } of executions) if (!statements.has(text)) statements.set(text, await prepareStatement(connection, text))
  let isUnderWay = false
  const inside = connection as unknown as Inside
  inside.stream.cork()
  const answered = Promise.all(
    executions.map(
      ({ text, values }, place) =>
        new Promise<void>((resolve) => {
          const statement = statements.get(text) as MySQL.PrepareStatementInfo | Error
          if (statement instanceof Error) {
            done(place, statement, undefined, undefined)
            resolve()
            return
          }
          const execute = statement.execute.bind(statement) as unknown as (values: readonly Parameter[], done: Done) => Command
          const command = execute(values, (error, rows, fields) => {
            done(place, error, rows, fields)
            resolve()
          })
          prepare(command)
          // The first one was sent: nothing was under way before it.
          if (isUnderWay) sendNow(command, connection, inside)
          isUnderWay = true
        }),
    ),
  )
  inside.stream.uncork()
  await answered
}

/** Its packet goes out at once, with the number of a first one; when its turn comes it waits for its answer, the second one. */
function sendNow(command: Command, connection: object, inside: Inside): void {
  const { start } = command
  const before = inside.sequenceId
  inside.sequenceId = 0
  const state = start.call(command, undefined, connection)
  const after = inside.sequenceId
  inside.sequenceId = before
  command.start = () => {
    inside.sequenceId = after
    return state
  }
}

/** Or why it cannot be prepared: that is a failure of those who run it. */
const prepareStatement = (connection: MySQL.Connection, text: string): Promise<MySQL.PrepareStatementInfo | Error> =>
  new Promise((resolve) => connection.prepare(text, (error, statement) => resolve(error ?? statement)))
