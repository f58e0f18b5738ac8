// Tries: arrays until memory is full
// Contained by: memory, time, throw
function attack() {
  const all = []
  for (;;) all.push(new Array(100000).fill(all.length))
}
