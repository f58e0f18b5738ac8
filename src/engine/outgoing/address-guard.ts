/**
 * Which addresses an outgoing request may reach. Judged when a socket is opened, on the address it is opened to, so that a name that
 * resolves differently a second time gains nothing. It knows nothing of URLs: WHATWG parsing has already made `0x7f.1` into `127.0.0.1`.
 */
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether flows may talk to private networks and this machine. Link-local and metadata addresses are refused either way. */
export type PrivateNetwork = 'allow' | 'refuse'

/** Where cloud providers hand out a machine's credentials. 169.254.0.0/16 and fe80::/10 are refused as a whole; these lie outside. */
const metadata = new Set(['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'])
/** Never the address of a service on the network. `unspecified` is this machine under another spelling. */
const never = new Set(['linkLocal', 'multicast', 'broadcast', 'unspecified'])

/** Why `address` may not be reached, as the end of a sentence; undefined when it may. */
export function refusal(address: string, privateNetwork: PrivateNetwork): string | undefined {
  if (!ipaddr.isValid(address)) return 'is not an address'
  return judge(ipaddr.parse(address), privateNetwork)
}

function judge(address: ipaddr.IPv4 | ipaddr.IPv6, privateNetwork: PrivateNetwork): string | undefined {
  const range: string = address.range()
  if (metadata.has(withoutZone(address))) return 'is a metadata address'
  if (never.has(range)) return `is ${words[range] ?? range}`
  const inner = address.kind() === 'ipv6' ? embedded(address as ipaddr.IPv6, range) : undefined
  if (inner) return judge(inner, privateNetwork)
  // Anything that is not plain public space counts as private: a range this list does not know is refused, not let through.
  return privateNetwork === 'refuse' && range !== 'unicast' ? 'is on a private network' : undefined
}

const words: Readonly<Record<string, string>> = {
  linkLocal: 'link-local',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
  unspecified: 'unspecified',
}

const withoutZone = (address: ipaddr.IPv4 | ipaddr.IPv6): string => address.toString().replace(/%.*$/, '')

/** The IPv4 address that an IPv6 one stands for: mapped, translated (NAT64, SIIT), tunnelled (6to4, Teredo) or the retired `::a.b.c.d`. */
function embedded(address: ipaddr.IPv6, range: string): ipaddr.IPv4 | undefined {
  const parts = address.parts
  const from = (high: number, low: number, mask = 0): ipaddr.IPv4 => {
    const [a, b] = [(parts[high] ?? 0) ^ mask, (parts[low] ?? 0) ^ mask]
    return new ipaddr.IPv4([a >> 8, a & 0xff, b >> 8, b & 0xff])
  }
  if (range === 'ipv4Mapped' || range === 'rfc6145' || range === 'rfc6052') return from(6, 7)
  if (range === '6to4') return from(1, 2)
  if (range === 'teredo') return from(6, 7, 0xffff)
  const compatible = range !== 'loopback' && parts.slice(0, 6).every((part) => part === 0)
  return compatible ? from(6, 7) : undefined
}

/** A socket that was not opened. Its code is what the caller is told. */
class AddressRefused extends Error {
  readonly code = 'address_refused'
  constructor(reason: string) {
    super(reason)
    this.name = 'AddressRefused'
  }
}

/** Throws for a host that is written as an address and may not be reached: sockets to literals are opened without a lookup. */
export function checkLiteral(hostname: string, privateNetwork: PrivateNetwork): void {
  if (isIP(hostname) === 0) return
  const reason = refusal(hostname, privateNetwork)
  if (reason) throw new AddressRefused(reason)
}

/** A `lookup` for sockets that answers only addresses that may be reached, and fails when none is left. */
export function guardedLookup(privateNetwork: PrivateNetwork, resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0)
      let reason: string | undefined
      const open = found.filter(({ address }) => {
        const refused = refusal(address, privateNetwork)
        reason ??= refused
        return refused === undefined
      })
      const first = open[0]
      if (!first) return callback(new AddressRefused(reason ?? 'has no address'), '', 0)
      if (options.all) return callback(null, open)
      callback(null, first.address, first.family)
    })
  }
}
