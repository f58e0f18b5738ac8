/** The address of a test database as DATABASE_URL has it: a socket's folder goes into `?host=`. */
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'

export function urlOf(config: DatabaseConfig): string {
  if (typeof config === 'string') return config
  const { host, port, user, password, database } = config
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  return host.startsWith('/')
    ? `postgresql://${login}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgresql://${login}@${host}:${port}/${database}`
}
