/** What commands print: results on stdout, everything else on stderr, colours only where a terminal shows them. */
import { styleText } from 'node:util'

export type Environment = Readonly<Record<string, string | undefined>>
type Style = Parameters<typeof styleText>[0]

/** Where a command is called from. */
export interface Shell {
  readonly env: Environment
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  exit(code: number): void
}

export interface Terminal {
  readonly env: Environment
  /** Results are printed as JSON. */
  readonly json: boolean
  readonly stdout: NodeJS.WriteStream
  /** The result: `value` as JSON, or the text. */
  print(value: unknown, text: string): void
  /** For the user to read, and for nothing else. */
  say(text: string): void
  /** Coloured where stdout is a terminal. */
  paint(style: Style, text: string): string
}

export const openTerminal = ({ env, stdout, stderr }: Shell, json: boolean): Terminal => ({
  env,
  json,
  stdout,
  print: (value, text) => void stdout.write(json ? `${JSON.stringify(value)}\n` : text && `${keepColours(text).trimEnd()}\n`),
  say: (text) => void stderr.write(`${keepColours(text)}\n`),
  paint: (style, text) => (json ? text : styleText(style, text, { stream: stdout })),
})

// oxlint-disable-next-line no-control-regex -- colours are control characters
const colours = /\u001B\[\d+m/g
const widthOf = (text: string): number => text.replaceAll(colours, '').length

/** Rows below each other, each column as wide as its widest cell. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `3 records`, `1 record`. */
export const countOf = (count: number, one: string, several = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : several}`

// oxlint-disable-next-line no-control-regex -- all but lines, tabs and our colours
const steeringBetween = /(\u001B\[\d+m)|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g

/** Without what would steer the terminal: whatever is printed may hold words of a server. */
export const keepColours = (text: string): string => text.replaceAll(steeringBetween, (_, colour: string | undefined) => colour ?? '')

// oxlint-disable-next-line no-control-regex -- a server must not steer the terminal
const steering = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]+/g

/** A text of a server on one line, without what would steer the terminal. */
export const oneLine = (text: string | undefined): string => (text ?? '').replaceAll(steering, ' ')
