/** What people see: headings, lines, and a bar that moves where the terminal lets it. Without a terminal it is plain lines, for logs. */
import type { Writable } from 'node:stream'

export interface Screen {
  readonly live: boolean
  blank(): void
  line(text: string): void
  act(title: string): void
  done(text: string): void
  wrong(text: string): void
  /** The last line, written anew each time. Without a live terminal nothing. */
  bar(share: number, text: string): void
  clearBar(): void
  bold(text: string): string
  faint(text: string): string
}

interface Terminal {
  readonly out: Writable & { readonly columns?: number }
  readonly live: boolean
  readonly color: boolean
}

const barWidth = 28

export function screenOn({ out, live, color }: Terminal): Screen {
  const paint =
    (code: number) =>
    (text: string): string =>
      color ? `\x1b[${code}m${text}\x1b[0m` : text
  const [bold, faint, green, red, cyan] = [paint(1), paint(2), paint(32), paint(31), paint(36)]
  let acts = 0
  const clearBar = (): void => void (live && out.write('\r\x1b[2K'))
  const line = (text: string): void => {
    clearBar()
    out.write(`${text}\n`)
  }
  return {
    live,
    line,
    bold,
    faint,
    clearBar,
    blank: () => line(''),
    act: (title) => line(`\n${cyan(bold(`${++acts}. ${title}`))}`),
    done: (text) => line(`   ${green('✓')} ${text}`),
    wrong: (text) => line(`   ${red('✗')} ${text}`),
    bar(share, text) {
      if (!live) return
      const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth)
      const shown = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`
      out.write(`\r\x1b[2K   ${cyan(shown)} ${text.slice(0, Math.max(0, (out.columns ?? 80) - barWidth - 6))}`)
    },
  }
}

export const count = (number: number): string => Math.round(number).toLocaleString('en-US')
/** `1 order`, `2 orders`. */
export const many = (number: number, one: string, more = `${one}s`): string => `${count(number)} ${number === 1 ? one : more}`
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
