// Tries: the constructor of everything, to make functions in another realm
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  const sandbox = Function('return this')()
  for (const value of [
    attack,
    options,
    [],
    '',
    /x/,
    Promise,
    console.log,
    require,
    async () => 0,
    function* () {},
    Symbol,
    JSON,
    Reflect.apply,
  ]) {
    for (const expression of ['process', 'global', 'module', 'Buffer', 'setImmediate', 'Deno', '__dirname']) {
      probe(expression, () => value.constructor.constructor(`return typeof ${expression} === 'undefined' ? undefined : ${expression}`)())
    }
  }
  probe('another realm', () =>
    console.log.constructor === Function && require.constructor === Function ? undefined : 'a function of the host',
  )
  probe('another global', () => (console.log.constructor('return this')() === sandbox ? undefined : 'the global of the host'))
  return reached.length > 0 ? reached : 'nothing'
}
