// Tries: an error whose every property throws
// Contained by: throw
function attack() {
  throw new Proxy(new Error('x'), {
    get() {
      throw new Error('y')
    },
    getPrototypeOf() {
      throw new Error('z')
    },
  })
}
