// Tries: to put its thread to sleep
// Contained by: throw
function attack() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
