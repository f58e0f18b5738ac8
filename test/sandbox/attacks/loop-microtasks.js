// Tries: promises that make promises
// Contained by: time
function attack() {
  const again = () => Promise.resolve().then(again)
  return again()
}
