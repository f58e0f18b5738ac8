/** Reads a password or a token: from a person at a terminal, who does not see it, or the first line of what is piped in. */
import { createInterface, type Interface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** With `twice` a person types it once more; undefined where they typed two that differ. */
export async function readPassword(question: string, { twice }: { readonly twice: boolean }): Promise<string | undefined> {
  const { stdin, stderr } = process
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: stdin.isTTY })
  try {
    if (!stdin.isTTY) return await readFirstLine(lines)
    const ask = async (text: string): Promise<string> => {
      stderr.write(text)
      const answer = await lines.question('')
      stderr.write('\n')
      return answer
    }
    const first = await ask(question)
    if (!twice) return first
    return (await ask('Once more: ')) === first ? first : undefined
  } finally {
    lines.close()
  }
}

async function readFirstLine(lines: Interface): Promise<string> {
  for await (const line of lines) return line
  return ''
}
