// Tries: memory of WebAssembly, which no heap limit covers
// Contained by: throw
function attack() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 })
  for (;;) {
    memory.grow(1000)
    new Uint8Array(memory.buffer).fill(1)
  }
}
