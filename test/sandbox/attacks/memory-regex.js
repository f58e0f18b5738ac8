// Tries: a regular expression that is large once compiled
// Contained by: memory, time, throw, nothing
function attack() {
  try { new RegExp("(?:" + "a{1,1000}".repeat(2000) + ")").test("a") } catch {}
  return "nothing"
}
