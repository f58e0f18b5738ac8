// Tries: modules of Node, by import
// Contained by: nothing
async function attack() {
  const reached = []
  for (const name of ['fs', 'node:process', 'isolated-vm', 'file:///etc/passwd', 'data:text/javascript,export default 1']) {
    try { reached.push(Object.keys(await import(name))) } catch {}
  }
  return reached.length > 0 ? reached : 'nothing'
}
