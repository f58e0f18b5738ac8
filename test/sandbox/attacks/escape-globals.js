// Tries: globals of Node, of isolated-vm and of the platform
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
    'process',
    'global',
    'Buffer',
    'module',
    'exports',
    '__filename',
    'setTimeout',
    'setImmediate',
    'queueMicrotask',
    'fetch',
    'WebSocket',
    'ivm',
    'isolate',
    '$0',
    '$1',
    '$2',
    '_ivm',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'gc',
    'd8',
    'host',
    'api',
    'prelude',
    'sluice',
    'navigator',
    'Worker',
  ])
    probe(name, () => globalThis[name])
  probe('own names', () => {
    const odd = Object.getOwnPropertyNames(globalThis).filter((name) => /ivm|sluice|\$\d/i.test(name))
    return odd.length > 0 ? odd : undefined
  })
  return reached.length > 0 ? reached : 'nothing'
}
