// Tries: to leave a little behind with each of 10,000 calls
// Contained by: nothing
// Calls: 10000
const kept = (globalThis.kept ??= [])
function attack() {
  kept.push(new Array(2000).fill(kept.length))
  return 'nothing'
}
