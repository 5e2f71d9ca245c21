const words = {
  refused: 'The address leads to where webhooks may not go',
  timeout: 'No answer came in time',
  aborted: 'The request was given up from our side',
  dns: 'The name of the host was not found',
  connect: 'The host takes no connection there',
  tls: 'No secure connection came about',
  reset: 'The connection ended before an answer came',
  protocol: 'What came back was no HTTP answer',
} as const

export type OutboundCode = keyof typeof words

/** Why there is no answer. The message is for the owner of the endpoint: no secret is in it, and nothing that was received. */
export class OutboundError extends Error {
  readonly code: OutboundCode
  constructor(code: OutboundCode, message: string = words[code]) {
    super(message)
    this.name = 'OutboundError'
    this.code = code
  }
}

const DNS = /^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL|EREFUSED|ETIMEOUT)$/
const TIMEOUT = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/
const RESET = /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/
const CONNECT = /^(ECONNREFUSED|E(HOST|NET)(UNREACH|DOWN)|EADDRNOTAVAIL|EACCES|EPERM|EINVAL|EMFILE|ENFILE)$/
const TLS =
  /^(EPROTO|ERR_(TLS|SSL)_\w+|\w*(CERT|CRL)\w*|UNABLE_TO_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/

const kinds = [
  ['refused', /^ERR_IP_BLOCKED$/],
  ['aborted', /^UND_ERR_(ABORTED|CLOSED|DESTROYED)$/],
  ['dns', DNS],
  ['timeout', TIMEOUT],
  ['reset', RESET],
  ['connect', CONNECT],
  ['tls', TLS],
] as const

export function toOutboundError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error
  const codes = codesOf(error)
  for (const [kind, pattern] of kinds) {
    const code = codes.find((one) => pattern.test(one))
    if (code === undefined) continue
    if (kind === 'refused' || kind === 'aborted') return new OutboundError(kind)
    // Codes are words of the system and of OpenSSL; they tell an expired certificate from one for another name.
    return new OutboundError(kind, `${words[kind]} (${code})`)
  }
  return new OutboundError('protocol')
}

/** Where a name has several addresses there is an error for each. */
function codesOf(error: unknown): string[] {
  const all: unknown[] = error instanceof AggregateError ? [error, ...error.errors] : [error]
  return all.flatMap((one) => {
    const code = one instanceof Error && 'code' in one ? one.code : undefined
    return typeof code === 'string' ? [code] : []
  })
}
