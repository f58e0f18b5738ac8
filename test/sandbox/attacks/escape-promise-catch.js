// Tries: what an async function rejects with when its error cannot be shown (vm2, CVE-2026-22709)
// Contained by: nothing
// With: look
async function attack() {
  const failing = async () => {
    const error = new Error('x')
    error.name = Symbol('not a string')
    return error.stack
  }
  await failing().catch((error) => look('catch', error))
  await failing().then(undefined, (error) => look('then', error))
  await failing().finally(() => look('finally', undefined)).catch((error) => look('after finally', error))
  try {
    await failing()
  } catch (error) {
    look('await', error)
  }
  look('the promise', failing().catch(() => 0))
  return reached.length > 0 ? reached : 'nothing'
}
