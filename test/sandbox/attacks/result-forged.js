// Tries: to forge what its process reports
// Contained by: result, nothing, throw
Object.prototype.toJSON = () => 'forged'
String.prototype.slice = () => '=forged'
JSON.stringify = () => '=forged'
Promise.prototype.then = () => '=forged'
function attack() {
  return 'nothing'
}
