/** All of some work in a session, or nothing of it. */
import type { Session } from './database.ts'

export async function inTransaction<T>(session: Session, act: () => Promise<T>): Promise<T> {
  await session.control('begin')
  try {
    const made = await act()
    await session.control('commit')
    return made
  } catch (error) {
    // Nobody knows what a session is in that cannot be brought back.
    await session.control('rollback').catch(() => session.close())
    throw error
  }
}
