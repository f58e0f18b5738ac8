/** Loaded into a server: tells how long its thread was at one thing without looking at anything else, as time of its processor, which no other program takes. */

/** Milliseconds; shorter ones are told of by nobody. */
const worthTelling = 20

let since = process.threadCpuUsage()
setInterval(() => {
  const { user, system } = process.threadCpuUsage(since)
  const spent = (user + system) / 1000
  if (spent > worthTelling) process.stderr.write(`stalled ${Math.round(spent)}\n`)
  since = process.threadCpuUsage()
}, 1).unref()
