/** Loaded into the server before its own program: ends it in order when the demo is gone, however that came about. */
let ending = false
process.once('SIGTERM', () => (ending = true))
process.stdin.resume().on('end', () => {
  // A second signal would make the server leave its work and its database where they are.
  if (!ending) process.kill(process.pid, 'SIGTERM')
})
