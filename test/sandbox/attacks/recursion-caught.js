// Tries: recursion that catches its own overflow, again and again
// Contained by: time, throw, nothing
function attack(n = 0) {
  try { return attack(n + 1) } catch { return attack(n + 1) }
}
