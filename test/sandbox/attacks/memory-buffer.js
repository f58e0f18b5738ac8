// Tries: buffers outside of the heap until memory is full
// Contained by: memory, time, throw
function attack() {
  const all = []
  for (;;) all.push(new Uint8Array(50000000).fill(1))
}
