// Tries: to log more than memory holds
// Contained by: nothing
function attack() {
  for (let i = 0; i < 100000; i++) console.log('x'.repeat(10000), i)
  return 'nothing'
}
