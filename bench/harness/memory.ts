/** How much memory programs take, by what Linux says of each of their mappings. A page counts once, and in full where programs outside share it. */
import { readdir, readFile } from 'node:fs/promises'

/** The processes and all their descendants, but those of a program of this name. */
async function trees(roots: readonly number[], without: string | undefined): Promise<readonly number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : ''
    const [, program, parent] = /\((.*)\) \S+ (\d+)/.exec(stat) ?? []
    if (parent !== undefined && program !== without) parents.set(Number(name), Number(parent))
  }
  const found = new Set(roots)
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

interface Mapping {
  /** Of a program or library; undefined for memory that is the processes' own. */
  readonly file: string | undefined
  readonly kilobytes: Readonly<Record<string, number>>
}

async function mappingsOf(pid: number): Promise<readonly Mapping[]> {
  // A process that has ended meanwhile takes nothing.
  const text = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => '')
  return text.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((block) => ({
    file: /^\S+ \S+ \S+ \S+ \S+ +(\/(?!dev\/|memfd|SYSV)[^\n]*)/.exec(block)?.[1],
    kilobytes: Object.fromEntries([...block.matchAll(/^(\w+): +(\d+) kB$/gm)].map(([, field = '', value]) => [field, Number(value)])),
  }))
}

/** Megabytes (2^20) of these processes and all their descendants together, but those of a program named `without`. */
export async function memoryOf(roots: readonly number[], without?: string): Promise<number> {
  let own = 0
  const files = new Map<string, number>()
  for (const pid of await trees(roots, without)) {
    const mine = new Map<string, number>()
    for (const { file, kilobytes } of await mappingsOf(pid)) {
      const { Rss = 0, Pss = 0, Anonymous = 0 } = kilobytes
      own += file === undefined ? Pss : Anonymous
      if (file !== undefined) mine.set(file, (mine.get(file) ?? 0) + Rss - Anonymous)
    }
    for (const [file, size] of mine) files.set(file, Math.max(files.get(file) ?? 0, size))
  }
  return (own + files.values().reduce((sum, size) => sum + size, 0)) / 1024
}
