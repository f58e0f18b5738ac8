// Tries: modules of Node, by every name they go by
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  for (const name of [
    'fs',
    'node:fs',
    'child_process',
    'vm',
    'module',
    'worker_threads',
    'isolated-vm',
    'process',
    './prelude.ts',
    '/etc/passwd',
    'file:///etc/passwd',
    'data:text/javascript,1',
    '__proto__',
    'constructor',
    'toString',
    'dayjs/../fs',
    'dayjs/plugin/../../fs',
  ])
    probe(name, () => require(name))
  probe('cache', () => require.cache)
  probe('main', () => require.main)
  probe('parent', () => require.constructor._load)
  return reached.length > 0 ? reached : 'nothing'
}
