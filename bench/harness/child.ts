/** A program of this folder as a process of its own, asked over Node's channel: what it costs must not weigh on what is measured. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The longest that one question may take, in milliseconds. */
const patienceMs = 300_000

type Answer = Readonly<Record<string, number | string>>

export interface Asked {
  ask(question: object): Promise<Answer>
  stop(): Promise<void>
}

export async function startChild(file: string): Promise<Asked> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await answerOf(child)
  return {
    async ask(question) {
      child.send(question)
      return answerOf(child)
    },
    async stop() {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function answerOf(child: ChildProcess): Promise<Answer> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patienceMs)])
  const died = once(child, 'exit', { signal }).then(() => {
    throw new Error('a program of the bench ended before it answered')
  })
  died.catch(() => undefined)
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal }), died])) as [Answer]
    if (typeof answer['error'] === 'string') throw new Error(answer['error'])
    return answer
  } finally {
    over.abort()
  }
}

/** The other side: says that it is there, answers each question, and ends when nobody can ask any more. */
export function serveParent<Q>(answer: (question: Q) => Promise<object>): void {
  process.on('message', (question) => {
    answer(question as Q).then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.({ error: (error as Error).stack ?? String(error) }),
    )
  })
  process.once('disconnect', () => process.exit(0))
  process.send?.({})
}
