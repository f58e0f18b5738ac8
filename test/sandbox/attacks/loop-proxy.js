// Tries: an endless loop in a trap of a proxy that is returned
// Contained by: time
function attack() {
  return new Proxy(
    {},
    {
      ownKeys() {
        for (;;);
      },
    },
  )
}
