// Tries: what a module knows of where it comes from, and what it can import by then
// Contained by: nothing
// With: look
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
