// Tries: to end its host with rejections that nobody handles (vm2, CVE-2026-44001)
// Contained by: throw
// With: look
function attack() {
  for (let i = 0; i < 1000; i++) Promise.reject(new Error('nobody handles it'))
  new Promise((_yes, no) => no(Symbol('nor this')))
  ;(async () => {
    throw { get stack() { throw new Error('nor this') } }
  })()
  return reached.length > 0 ? reached : 'nothing'
}
