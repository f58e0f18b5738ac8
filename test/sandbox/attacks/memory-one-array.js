// Tries: one array that is larger than memory
// Contained by: memory, time, throw
function attack() {
  return Array.from({ length: 1e9 }, (_, i) => i)
}
