// Tries: what a module knows of where it comes from, and what it can import by then
// Contained by: nothing
const reached = []
/** Whether a value is of another realm, or leads to one. */
function look(name, value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return
  try {
    const make = value.constructor.constructor
    if (make !== Function) reached.push(`${name}: another realm`)
    if (make('return typeof process')() !== 'undefined') reached.push(`${name}: process`)
  } catch {}
}
export async function attack() {
  look('import.meta', import.meta)
  for (const key of Object.keys(import.meta)) reached.push(`import.meta.${key}`)
  for (const name of ['node:fs', 'process', 'inspector/promises', 'node:sqlite', 'data:text/javascript,export default 1', 'file:///proc/self/environ', 'https://example.com/x.mjs', 'sluice', './main.ts']) {
    try {
      const module = await import(name)
      reached.push(name)
      look(name, module)
    } catch (error) {
      look(`the refusal of ${name}`, error)
    }
  }
  return reached.length > 0 ? reached : 'nothing'
}
