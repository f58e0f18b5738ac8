// Tries: a thenable that never ends
// Contained by: time
async function attack() {
  return {
    then: (done) => {
      for (;;);
    },
  }
}
