// Tries: an endless loop in toJSON
// Contained by: time
function attack() {
  return {
    toJSON() {
      for (;;);
    },
  }
}
