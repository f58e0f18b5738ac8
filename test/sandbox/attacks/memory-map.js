// Tries: a Map until memory is full
// Contained by: memory, time, throw
function attack() {
  const all = new Map()
  for (let i = 0; ; i++) all.set(i, { i })
}
